// A token without anything around it: so many threads with a session each use one key as fast as they can, and the operations of a second are
// told. What Keyhold is compared with: its mechanism, its key, its number of sessions, and data of its length.
//
//   raw-token LIBRARY TOKEN PIN-FILE rsa|ecdsa|gcm LABEL THREADS SECONDS    LABEL: part of that of the key

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned long word;
typedef word (*function)();

// Places in CK_FUNCTION_LIST of v2.40.
enum { INITIALIZE = 0, SLOTS = 4, TOKEN_INFO = 6, OPEN = 12, LOGIN = 18, ATTRIBUTE = 24, FIND_INIT = 26, FIND = 27,
  FIND_FINAL = 28, ENCRYPT_INIT = 29, ENCRYPT = 30, SIGN_INIT = 42, SIGN = 43 };

struct { unsigned char version[8]; function at[68]; } *token;

struct attribute { word type; void *value; word length; };
struct mechanism { word type; void *parameter; word length; };
struct gcm { void *iv; word iv_bytes, iv_bits; void *data; word data_bytes, tag_bits; };

#define CALL(place, ...) check(#place, token->at[place](__VA_ARGS__))
static void check(const char *place, word value) {
  if (value == 0) return;
  fprintf(stderr, "%s: 0x%lx\n", place, value);
  exit(1);
}

static unsigned char iv[12];
// DigestInfo of SHA-256 and a digest; the digest alone; and as many bytes as the benchmark encrypts.
static struct kind {
  const char *name;
  word class, key_type, mechanism, data_bytes;
  int encrypts;
} KINDS[] = {{"rsa", 3, 0, 0x1, 51, 0}, {"ecdsa", 3, 3, 0x1041, 32, 0}, {"gcm", 4, 0x1f, 0x1087, 32, 1}}, *kind;

static word slot, key;
static double end;
static word done;

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec + at.tv_nsec / 1e9;
}

static void *use(void *unused) {
  (void)unused;
  word session;
  CALL(OPEN, slot, 6UL, NULL, NULL, &session);
  struct gcm gcm = {iv, sizeof iv, 8 * sizeof iv, NULL, 0, 128};
  struct mechanism mechanism = {kind->mechanism, kind->encrypts ? &gcm : NULL, kind->encrypts ? sizeof gcm : 0};
  unsigned char data[64] = {7}, output[1024];
  word count = 0;
  for (; now() < end; count += 1) {
    word length = sizeof output;
    CALL(kind->encrypts ? ENCRYPT_INIT : SIGN_INIT, session, &mechanism, key);
    CALL(kind->encrypts ? ENCRYPT : SIGN, session, data, kind->data_bytes, output, &length);
  }
  __atomic_add_fetch(&done, count, __ATOMIC_SEQ_CST);
  return NULL;
}

static void find_slot(const char *label) {
  word slots[64], count = 64;
  CALL(SLOTS, 1UL, slots, &count);
  for (word at = 0; at < count; at += 1) {
    unsigned char info[256] = {0};
    CALL(TOKEN_INFO, slots[at], info);
    if (memcmp(info, label, strlen(label)) == 0) slot = slots[at];
  }
}

static void find_key(word session, const char *part) {
  struct attribute wanted[] = {{0x0, &kind->class, sizeof(word)}, {0x100, &kind->key_type, sizeof(word)}};
  word found[64], count;
  CALL(FIND_INIT, session, wanted, 2UL);
  CALL(FIND, session, found, 64UL, &count);
  CALL(FIND_FINAL, session);
  for (word at = 0; at < count; at += 1) {
    char label[256] = {0};
    struct attribute asked = {0x3, label, sizeof label - 1};
    CALL(ATTRIBUTE, session, found[at], &asked, 1UL);
    if (strstr(label, part) != NULL) key = found[at];
  }
  if (key == 0) check("no such key", 0x60);
}

int main(int count, char **given) {
  if (count != 8) return 2;
  for (size_t at = 0; at < 3; at += 1)
    if (strcmp(given[4], KINDS[at].name) == 0) kind = &KINDS[at];
  void *library = dlopen(given[1], RTLD_NOW);
  if (kind == NULL || library == NULL) return 2;
  ((word (*)(void *))dlsym(library, "C_GetFunctionList"))(&token);
  char pin[256] = {0};
  FILE *file = fopen(given[3], "r");
  if (file == NULL || fgets(pin, sizeof pin, file) == NULL) return 2;
  pin[strcspn(pin, "\n")] = 0;
  struct { void *callbacks[4]; word flags; void *reserved; } options = {{0}, 2, NULL};
  CALL(INITIALIZE, &options);
  find_slot(given[2]);
  word session;
  CALL(OPEN, slot, 6UL, NULL, NULL, &session);
  CALL(LOGIN, session, 1UL, pin, strlen(pin));
  find_key(session, given[5]);
  int threads = atoi(given[6]);
  double begun = now();
  end = begun + atof(given[7]);
  pthread_t all[64];
  for (int at = 0; at < threads && at < 64; at += 1) pthread_create(&all[at], NULL, use, NULL);
  for (int at = 0; at < threads && at < 64; at += 1) pthread_join(all[at], NULL);
  printf("%f\n", done / (now() - begun));
  return 0;
}
