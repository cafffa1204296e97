package tour

import (
	"net/http"
	"strings"
	"testing"
	"time"

	kp "github.com/IBM/keyprotect-go-client"
	"github.com/google/uuid"
)

func rootKey(t *testing.T, client *kp.Client) string {
	t.Helper()
	return got[*kp.Key](t)(client.CreateRootKey(ctx, name(), nil)).ID
}

func TestKeysOfEveryKind(t *testing.T) {
	client, key := newClient(t), got[*kp.Key](t)
	expires := pointer(time.Now().Add(24 * time.Hour).Truncate(time.Second))
	root := key(client.CreateKey(ctx, name(), expires, false))
	equal(t, root.Expiration.Equal(*expires), true)
	equal(t, root.LastUpdateDate == nil && root.LastRotateDate == nil, true)
	equal(t, key(client.CreateStandardKey(ctx, name(), nil)).Extractable, true)

	aliases := []string{name(), name()}
	made := key(client.CreateKeyWithAliases(ctx, name(), nil, false, aliases))
	equal(t, len(made.Aliases), 2)
	made = key(client.CreateKeyWithOptions(ctx, name(), false,
		kp.WithDescription("of the tour"), kp.WithTags([]string{"a", "b"}), kp.WithExpiration(expires)))
	equal(t, made.Description, "of the tour")
	equal(t, strings.Join(made.Tags, ","), "a,b")

	secret := material(24)
	for _, imported := range []*kp.Key{
		key(client.CreateImportedKey(ctx, name(), nil, secret, "", "", true)),
		key(client.CreateImportedStandardKey(ctx, name(), nil, secret)),
		key(client.CreateImportedKeyWithAliases(ctx, name(), nil, secret, "", "", true, []string{name()})),
	} {
		shown := key(client.GetKey(ctx, imported.ID))
		equal(t, shown.Payload, secret)
		equal(t, *shown.Deleted, false)
		equal(t, key(client.GetKeyMetadata(ctx, imported.ID)).Payload, "")
	}
	equal(t, key(client.CreateImportedRootKey(ctx, name(), nil, secret, "", "")).Imported, true)

	_, err := client.GetKey(ctx, uuid.NewString())
	refused(t, err, "KEY_NOT_FOUND_ERR")
}

func TestKeysWithPolicyOverrides(t *testing.T) {
	client, key, secret := newClient(t), got[*kp.Key](t), material(32)
	rotation := kp.Policy{Rotation: &kp.Rotation{Enabled: pointer(true), Interval: 3}}
	dual := kp.Policy{DualAuth: &kp.DualAuth{Enabled: pointer(true)}}
	equal(t, key(client.CreateRootKeyWithPolicyOverrides(ctx, name(), nil, nil, rotation)).Rotation.Interval, 3)
	equal(t, key(client.CreateKeyWithPolicyOverrides(ctx, name(), nil, false, nil, rotation)).Rotation.Interval, 3)
	made := key(client.CreateKeyWithPolicyOverridesWithOptions(ctx, name(), false, rotation, kp.WithTags([]string{"a"})))
	equal(t, made.Rotation.Interval, 3)
	for _, each := range []*kp.Key{
		key(client.CreateStandardKeyWithPolicyOverrides(ctx, name(), nil, nil, dual)),
		key(client.CreateImportedKeyWithPolicyOverrides(ctx, name(), nil, secret, "", "", true, nil, dual)),
		key(client.CreateImportedRootKeyWithPolicyOverrides(ctx, name(), nil, secret, "", "", nil, dual)),
		key(client.CreateImportedStandardKeyWithPolicyOverrides(ctx, name(), nil, secret, nil, dual)),
	} {
		equal(t, *each.DualAuthDelete.Enabled, true)
	}
	_, err := client.CreateStandardKeyWithPolicyOverrides(ctx, name(), nil, nil, rotation)
	refused(t, err, "KEY_ROOT_REQ_ERR")
	_, err = client.CreateRootKeyWithPolicyOverrides(ctx, name(), nil, nil, kp.Policy{Rotation: &kp.Rotation{}})
	refused(t, err, "INVALID_FIELD_ERR")
}

func TestLists(t *testing.T) {
	client, list, marker := newClient(t), got[*kp.Keys](t), uuid.NewString()
	before := time.Now().Add(-time.Hour)
	for range 5 {
		got[*kp.Key](t)(client.CreateRootKey(ctx, marker+name(), nil))
	}
	search := got[*string](t)(kp.GetKeySearchQuery(pointer(marker), kp.AddKeyNameScope()))
	sort := kp.GetKeySortStr(kp.WithCreationDateDesc(), kp.WithID())
	builder := kp.GetFilterQueryBuilder()
	filter := builder.CreationDate().GreaterThan(before).DeletionDate().None().
		State([]kp.KeyState{kp.Active}).Extractable(false).Build()
	found := list(client.ListKeys(ctx, &kp.ListKeysOptions{Search: search, Sort: sort, Filter: &filter}))
	equal(t, len(found.Keys), 5)
	found = list(client.ListKeys(ctx, &kp.ListKeysOptions{
		Search: search, Limit: pointer(uint32(2)), Offset: pointer(uint32(4)),
		State: []kp.KeyState{kp.Active, kp.Destroyed}, Extractable: pointer(false),
	}))
	equal(t, len(found.Keys), 1)
	exact := got[*string](t)(kp.GetKeySearchQuery(pointer(marker), kp.AddEscape(), kp.WithExactMatch()))
	equal(t, len(list(client.ListKeys(ctx, &kp.ListKeysOptions{Search: exact})).Keys), 0)
	equal(t, len(list(client.ListKeys(ctx, nil)).Keys) >= 5, true)
	equal(t, len(list(client.GetKeys(ctx, 0, 0)).Keys) >= 5, true)
	equal(t, len(list(client.GetKeys(ctx, 3, 1)).Keys), 3)
	for _, option := range []kp.SortByOpts{
		kp.WithIDDesc(), kp.WithCreationDate(), kp.WithDeletionDate(), kp.WithDeletionDateDesc(),
		kp.WithExpirationDate(), kp.WithExpirationDateDesc(), kp.WithExtractable(), kp.WithExtractableDesc(),
		kp.WithImported(), kp.WithImportedDesc(), kp.WithLastRotateDate(), kp.WithLastRotateDateDesc(),
		kp.WithLastUpdateDate(), kp.WithLastUpdateDateDesc(), kp.WithState(), kp.WithStateDesc(),
	} {
		list(client.ListKeys(ctx, &kp.ListKeysOptions{Sort: kp.GetKeySortStr(option)}))
	}
}

func TestWrapRotateUnwrap(t *testing.T) {
	client := newClient(t)
	key, aad := rootKey(t, client), &[]string{"a", "b"}
	plaintext, ciphertext, err := client.WrapCreateDEK(ctx, key, aad)
	must(t, err)
	equal(t, string(got[[]byte](t)(client.Unwrap(ctx, key, ciphertext, aad))), string(plaintext))
	_, err = client.Unwrap(ctx, key, ciphertext, nil)
	refused(t, err, "UNPROCESSABLE_CIPHERTEXT_ERR")
	given := []byte(material(32))
	wrapped := got[[]byte](t)(client.Wrap(ctx, key, given, nil))
	equal(t, string(got[[]byte](t)(client.Unwrap(ctx, key, wrapped, nil))), string(given))
	before := got[*kp.KeyActionResponse](t)(client.WrapV2(ctx, key, given, nil))

	must(t, client.Rotate(ctx, key, ""))
	refused(t, client.RotateV2(ctx, key, nil), "KEY_ROTATION_NOT_PERMITTED")
	after := got[*kp.KeyActionResponse](t)(client.WrapCreateDEKV2(ctx, key, nil))
	versions := got[*kp.KeyVersions](t)(client.ListKeyVersions(ctx, key, &kp.ListKeyVersionsOptions{
		Limit: pointer(uint32(10)), TotalCount: pointer(true), AllKeyStates: pointer(true),
	}))
	equal(t, *versions.Metadata.TotalCount, 2)
	equal(t, versions.KeyVersion[0].ID, after.KeyVersion.ID)
	equal(t, versions.KeyVersion[1].ID, before.KeyVersion.ID)

	opened, renewed, err := client.UnwrapV2(ctx, key, wrapped, nil)
	must(t, err)
	equal(t, string(opened), string(given))
	opened, none, err := client.UnwrapV2(ctx, key, renewed, nil)
	must(t, err)
	equal(t, string(opened), string(given))
	equal(t, len(none), 0)
}

func TestLife(t *testing.T) {
	client := newClient(t)
	key := rootKey(t, client)
	must(t, client.DisableKey(ctx, key))
	refused(t, client.EnableKey(ctx, key), "REQ_TOO_EARLY_ERR")
	advance(t, 31*time.Second)
	must(t, client.EnableKey(ctx, key))

	deleted := got[*kp.Key](t)(client.DeleteKey(ctx, key, kp.ReturnRepresentation))
	equal(t, *deleted.Deleted, true)
	equal(t, deleted.PurgeScheduledOn.Sub(*deleted.PurgeAllowedFrom), 2156*time.Hour)
	_, err := client.RestoreKey(ctx, key)
	refused(t, err, "REQ_TOO_EARLY_ERR")
	advance(t, 31*time.Second)
	equal(t, got[*kp.Key](t)(client.RestoreKey(ctx, key)).State, int(kp.Active))

	none := got[*kp.Key](t)(client.DeleteKey(ctx, key, kp.ReturnMinimal, kp.ForceOpt{Force: true}))
	equal(t, none, nil)
	_, err = client.PurgeKey(ctx, key, kp.ReturnMinimal)
	refused(t, err, "REQ_TOO_EARLY_ERR")
	advance(t, 4*time.Hour+time.Second)
	client = newClient(t)
	equal(t, got[*kp.Key](t)(client.PurgeKey(ctx, key, kp.ReturnRepresentation)).ID, key)
	_, err = client.GetKey(ctx, key)
	refused(t, err, "KEY_NOT_FOUND_ERR")
}

func TestDeletionByTwo(t *testing.T) {
	client := newClient(t)
	key := rootKey(t, client)
	got[*kp.Policy](t)(client.SetDualAuthDeletePolicy(ctx, key, true))
	_, err := client.DeleteKey(ctx, key, kp.ReturnMinimal)
	refused(t, err, "AUTHORIZATIONS_NOT_MET")
	must(t, client.InitiateDualAuthDelete(ctx, key))
	must(t, client.CancelDualAuthDelete(ctx, key))
	must(t, client.InitiateDualAuthDelete(ctx, key))
	got[*kp.Key](t)(clientOf(t, "SECOND_API_KEY", nil).DeleteKey(ctx, key, kp.ReturnMinimal))
	equal(t, got[*kp.Key](t)(client.GetKey(ctx, key)).State, int(kp.Destroyed))
}

func TestSync(t *testing.T) {
	client := newClient(t)
	key := rootKey(t, client)
	must(t, client.SyncAssociatedResources(ctx, key))
	refused(t, client.SyncAssociatedResources(ctx, key), "REQ_TOO_EARLY_ERR")
}

func TestImportToken(t *testing.T) {
	client := newClient(t)
	made := got[*kp.ImportTokenMetadata](t)(client.CreateImportToken(ctx, 600, 5))
	equal(t, made.RemainingRetrievals, 5)
	token := got[*kp.ImportTokenKeyResponse](t)(client.GetImportTokenTransportKey(ctx))
	type sealed struct{ payload, nonce, iv string }
	seal := func() sealed {
		secret := material(32)
		payload := got[string](t)(kp.EncryptKey(secret, token.Payload))
		nonce, iv, err := kp.EncryptNonce(secret, token.Nonce, "")
		must(t, err)
		return sealed{payload, nonce, iv}
	}
	first, next := seal(), seal()
	key := got[*kp.Key](t)(client.CreateImportedRootKey(ctx, name(), nil, first.payload, first.nonce, first.iv))
	equal(t, key.Imported, true)
	must(t, client.RotateV2(ctx, key.ID, pointer(kp.NewKeyPayload(next.payload, next.nonce, next.iv).WithRSA256())))
	_, err := client.CreateImportedRootKey(ctx, name(), nil, first.payload, next.nonce, first.iv)
	refused(t, err, "INCORRECT_NONCE_ERR")

	// SHA-1 is of another service of IBM's, and refused by this one.
	_, err = client.CreateImportedKeyWithSHA1(ctx, name(), nil, first.payload, first.nonce, first.iv, false, nil)
	refused(t, err, "INVALID_FIELD_ERR")
	_, err = client.CreateImportedKeyWithPolicyOverridesWithSHA1(
		ctx, name(), nil, first.payload, first.nonce, first.iv, false, nil, kp.Policy{})
	refused(t, err, "INVALID_FIELD_ERR")
}

func TestTokensAndHeaders(t *testing.T) {
	wrong := clientOf(t, "NO_SUCH_VARIABLE", nil)
	if _, err := wrong.GetKeys(ctx, 0, 0); err == nil {
		t.Fatal("a caller without an API key lists keys")
	}
	withHeaders := clientOf(t, "API_KEY", http.Header{"Tour": {"a", "b"}})
	id := uuid.New()
	_, err := withHeaders.GetKey(kp.NewContextWithCorrelationID(ctx, &id), uuid.NewString())
	refused(t, err, "KEY_NOT_FOUND_ERR")
	_, err = withHeaders.GetKeys(kp.NewContextWithAuth(ctx, "Bearer forged"), 0, 0)
	equal(t, err.(*kp.Error).StatusCode, http.StatusUnauthorized)
}
