// A PKCS #11 library that stands before another one and forwards every call to it: later, with another return value, or not at all, as a file
// says that is read at each call. For tests that need a token which is slow, or which fails at one function. Compiled by shim.ts, which
// defines LIBRARY (the one behind it) and CONTROL (the file) as strings.

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// CK_FUNCTION_LIST of v2.40, in its order.
#define FUNCTIONS(X)                                                                                         \
  X(C_Initialize) X(C_Finalize) X(C_GetInfo) X(C_GetFunctionList) X(C_GetSlotList) X(C_GetSlotInfo)          \
  X(C_GetTokenInfo) X(C_GetMechanismList) X(C_GetMechanismInfo) X(C_InitToken) X(C_InitPIN) X(C_SetPIN)      \
  X(C_OpenSession) X(C_CloseSession) X(C_CloseAllSessions) X(C_GetSessionInfo) X(C_GetOperationState)        \
  X(C_SetOperationState) X(C_Login) X(C_Logout) X(C_CreateObject) X(C_CopyObject) X(C_DestroyObject)         \
  X(C_GetObjectSize) X(C_GetAttributeValue) X(C_SetAttributeValue) X(C_FindObjectsInit) X(C_FindObjects)     \
  X(C_FindObjectsFinal) X(C_EncryptInit) X(C_Encrypt) X(C_EncryptUpdate) X(C_EncryptFinal) X(C_DecryptInit)  \
  X(C_Decrypt) X(C_DecryptUpdate) X(C_DecryptFinal) X(C_DigestInit) X(C_Digest) X(C_DigestUpdate)            \
  X(C_DigestKey) X(C_DigestFinal) X(C_SignInit) X(C_Sign) X(C_SignUpdate) X(C_SignFinal)                     \
  X(C_SignRecoverInit) X(C_SignRecover) X(C_VerifyInit) X(C_Verify) X(C_VerifyUpdate) X(C_VerifyFinal)       \
  X(C_VerifyRecoverInit) X(C_VerifyRecover) X(C_DigestEncryptUpdate) X(C_DecryptDigestUpdate)                \
  X(C_SignEncryptUpdate) X(C_DecryptVerifyUpdate) X(C_GenerateKey) X(C_GenerateKeyPair) X(C_WrapKey)         \
  X(C_UnwrapKey) X(C_DeriveKey) X(C_SeedRandom) X(C_GenerateRandom) X(C_GetFunctionStatus)                   \
  X(C_CancelFunction) X(C_WaitForSlotEvent)

#define PLACE(name) AT_##name,
enum { FUNCTIONS(PLACE) COUNT };

// Every argument is a word or goes as one, and none of them takes more than eight: whoever takes fewer leaves the rest alone.
typedef unsigned long word;
typedef word (*function)(word, word, word, word, word, word, word, word);

struct list {
  unsigned char major, minor;
  function functions[COUNT];
};

static const struct list *behind;

// What the file says of one function.
struct order {
  long delay_ms;
  int answers; // by `value`, without the call
  int loses;   // the answer of a call that was made
  word value;
  int writes; // `written` at word `at` of what argument `argument` points to, after the call
  int argument, at;
  word written;
};

/**
 * Lines of the file: `delay NAME MS` waits before the call, and looks meanwhile whether it is still told to; `answer NAME VALUE` gives that
 * return value and makes no call; `lose NAME VALUE` makes the call and gives that value instead of its own; `write NAME ARGUMENT WORD VALUE`
 * makes it and lets the argument point to another value; `journal PATH` adds a line with the name of each call. `*` is every function; of
 * several lines the last one counts.
 */
static struct order order_of(const char *name, int is_first) {
  struct order found = {0};
  FILE *file = fopen(CONTROL, "re");
  if (file == NULL) return found;
  char line[512], verb[32], of[256], value[64], at[64], written[64];
  while (fgets(line, sizeof line, file) != NULL) {
    int fields = sscanf(line, "%31s %255s %63s %63s %63s", verb, of, value, at, written);
    if (is_first && fields == 2 && strcmp(verb, "journal") == 0) {
      FILE *journal = fopen(of, "ae");
      if (journal == NULL) continue;
      fprintf(journal, "%s\n", name);
      fclose(journal);
    }
    if (fields < 3 || (strcmp(of, name) != 0 && strcmp(of, "*") != 0)) continue;
    if (strcmp(verb, "delay") == 0) found.delay_ms = strtol(value, NULL, 0);
    if (strcmp(verb, "write") == 0 && fields == 5) {
      found.writes = 1;
      found.argument = atoi(value);
      found.at = atoi(at);
      found.written = strtoul(written, NULL, 0);
    }
    if (strcmp(verb, "answer") == 0 || strcmp(verb, "lose") == 0) {
      found.answers = verb[0] == 'a';
      found.loses = verb[0] == 'l';
      found.value = strtoul(value, NULL, 0);
    }
  }
  fclose(file);
  return found;
}

#define SLICE_MS 5

static word forward(const char *name, int place, const word *a) {
  struct order order = order_of(name, 1);
  for (long waited = 0; waited < order.delay_ms; waited += SLICE_MS) {
    struct timespec slice = {0, SLICE_MS * 1000000};
    nanosleep(&slice, NULL);
    order = order_of(name, 0);
  }
  if (order.answers) return order.value;
  word given = behind->functions[place](a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
  if (order.writes && a[order.argument] != 0) ((word *)a[order.argument])[order.at] = order.written;
  return order.loses ? order.value : given;
}

#define FORWARD(name)                                                                                        \
  static word through_##name(word a, word b, word c, word d, word e, word f, word g, word h) {               \
    const word given[] = {a, b, c, d, e, f, g, h};                                                           \
    return forward(#name, AT_##name, given);                                                                 \
  }
FUNCTIONS(FORWARD)

#define ENTRY(name) through_##name,
static const struct list own = {2, 40, {FUNCTIONS(ENTRY)}};

/** The one function that every library exports. CKR_GENERAL_ERROR where there is no library behind this one. */
word C_GetFunctionList(const struct list **given) {
  void *library = dlopen(LIBRARY, RTLD_NOW);
  word (*get)(const struct list **) = NULL;
  if (library != NULL) *(void **)&get = dlsym(library, "C_GetFunctionList");
  if (get == NULL || get(&behind) != 0) return 5;
  *given = &own;
  return 0;
}
