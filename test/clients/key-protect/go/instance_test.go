package tour

import (
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"

	kp "github.com/IBM/keyprotect-go-client"
)

func TestPoliciesOfAKey(t *testing.T) {
	client, policy := newClient(t), got[*kp.Policy](t)
	key := rootKey(t, client)
	equal(t, len(got[[]kp.Policy](t)(client.GetPolicies(ctx, key))), 0)
	equal(t, policy(client.GetRotationPolicy(ctx, key)), nil)
	equal(t, policy(client.SetPolicy(ctx, key, kp.ReturnRepresentation, 4)).Rotation.Interval, 4)
	equal(t, policy(client.GetPolicy(ctx, key)).Rotation.Interval, 4)
	equal(t, *policy(client.SetRotationPolicy(ctx, key, 2, false)).Rotation.Enabled, false)
	equal(t, *policy(client.EnableRotationPolicy(ctx, key)).Rotation.Enabled, true)
	equal(t, *policy(client.DisableRotationPolicy(ctx, key)).Rotation.Enabled, false)
	equal(t, policy(client.GetRotationPolicy(ctx, key)).Rotation.Interval, 2)
	_, err := client.SetRotationPolicy(ctx, key, 0)
	refused(t, err, "INVALID_FIELD_ERR")

	both := got[[]kp.Policy](t)(client.SetPolicies(ctx, key, true, 5, true, true))
	equal(t, len(both), 2)
	equal(t, *policy(client.GetDualAuthDeletePolicy(ctx, key)).DualAuth.Enabled, true)
	_, err = client.SetDualAuthDeletePolicy(ctx, key, false)
	if err == nil {
		t.Fatal("dual authorization is taken back")
	}
}

func TestPoliciesOfTheInstance(t *testing.T) {
	client, policy := newClient(t), got[*kp.InstancePolicy](t)
	equal(t, policy(client.GetMetricsInstancePolicy(ctx)), nil)
	must(t, client.SetMetricsInstancePolicy(ctx, true))
	must(t, client.SetDualAuthInstancePolicy(ctx, true))
	must(t, client.SetRotationInstancePolicy(ctx, true, pointer(6)))
	must(t, client.SetAllowedNetworkInstancePolicy(ctx, true, "public-and-private"))
	must(t, client.SetAllowedIPInstancePolicy(ctx, true, []string{"127.0.0.0/8"}))
	must(t, client.SetKeyCreateImportAccessInstancePolicy(ctx, true, map[string]bool{
		kp.CreateRootKey: true, kp.CreateStandardKey: false, kp.ImportRootKey: true, kp.EnforceToken: true,
	}))
	for _, shown := range []*kp.InstancePolicy{
		policy(client.GetMetricsInstancePolicy(ctx)),
		policy(client.GetDualAuthInstancePolicy(ctx)),
		policy(client.GetRotationInstancePolicy(ctx)),
		policy(client.GetAllowedNetworkInstancePolicy(ctx)),
		policy(client.GetAllowedIPInstancePolicy(ctx)),
		policy(client.GetKeyCreateImportAccessInstancePolicy(ctx)),
	} {
		equal(t, *shown.PolicyData.Enabled, true)
		equal(t, shown.CreatedAt != nil && shown.UpdatedAt != nil, true)
	}
	equal(t, len(got[[]kp.InstancePolicy](t)(client.GetInstancePolicies(ctx))), 6)
	equal(t, got[int](t)(client.GetAllowedIPPrivateNetworkPort(ctx)) > 0, true)
	_, err := client.CreateStandardKey(ctx, name(), nil)
	refused(t, err, "KEY_CREATE_IMPORT_ACCESS_ERR")
	_, err = client.CreateImportedRootKey(ctx, name(), nil, material(32), "", "")
	refused(t, err, "KEY_CREATE_IMPORT_ACCESS_ERR")
	made := got[*kp.Key](t)(client.CreateRootKey(ctx, name(), nil))
	equal(t, made.Rotation.Interval, 6)
	equal(t, *made.DualAuthDelete.Enabled, true)

	off := &kp.BasicPolicyData{Enabled: false}
	must(t, client.SetInstancePolicies(ctx, kp.MultiplePolicies{
		DualAuthDelete:        off,
		Metrics:               off,
		AllowedNetwork:        &kp.AllowedNetworkPolicyData{Enabled: false, Network: "public-and-private"},
		KeyCreateImportAccess: &kp.KeyCreateImportAccessInstancePolicy{Enabled: false},
		Rotation:              &kp.RotationPolicyData{Enabled: false},
	}))
	must(t, client.SetAllowedIPInstancePolicy(ctx, false, nil))
	must(t, client.SetInstancePolicies(ctx, kp.MultiplePolicies{
		AllowedIP: &kp.AllowedIPPolicyData{Enabled: true, IPAddresses: &kp.IPAddresses{"127.0.0.1/32"}},
	}))
	must(t, client.SetAllowedIPInstancePolicy(ctx, false, nil))
	equal(t, got[*kp.Key](t)(client.CreateStandardKey(ctx, name(), nil)).Rotation, nil)
}

func TestAliasesAndKeyRings(t *testing.T) {
	client := newClient(t)
	key, alias, ring := rootKey(t, client), name(), name()
	made := got[*kp.KeyAlias](t)(client.CreateKeyAlias(ctx, alias, key))
	equal(t, made.KeyID, key)
	equal(t, got[*kp.Key](t)(client.GetKey(ctx, alias)).ID, key)
	_, err := client.CreateKeyAlias(ctx, alias, rootKey(t, client))
	refused(t, err, "KEY_ALIAS_NOT_UNIQUE_ERR")
	must(t, client.DeleteKeyAlias(ctx, alias, key))

	must(t, client.CreateKeyRing(ctx, ring))
	equal(t, got[*kp.Key](t)(client.SetKeyRing(ctx, key, ring)).KeyRingID, ring)
	inDefault := newClient(t)
	inDefault.Config.KeyRing = "default"
	_, err = inDefault.GetKey(ctx, key)
	refused(t, err, "KEY_NOT_FOUND_ERR")
	refused(t, client.DeleteKeyRing(ctx, ring), "KEY_RING_NOT_EMPTY_ERR")
	refused(t, client.DeleteKeyRing(ctx, ring, kp.WithForce(true)), "KEY_RING_KEYS_NOT_DELETED_ERR")
	got[*kp.Key](t)(client.DeleteKey(ctx, key, kp.ReturnMinimal))
	must(t, client.DeleteKeyRing(ctx, ring, kp.WithForce(true)))
	rings := got[*kp.KeyRings](t)(client.GetKeyRings(ctx))
	equal(t, rings.KeyRings[0].ID, "default")
}

func TestRegistrations(t *testing.T) {
	client := newClient(t)
	ofKey, err := client.ListRegistrations(ctx, rootKey(t, client), "")
	must(t, err)
	equal(t, len(ofKey.Registrations), 0)
	crn := "crn:v1:bluemix:public:cloud-object-storage:global:a/tour:tour:bucket:*"
	ofAll, err := client.ListRegistrations(ctx, "", crn)
	must(t, err)
	equal(t, len(ofAll.Registrations), 0)
}

func TestKMIPAdapters(t *testing.T) {
	client, adapter := newClient(t), got[*kp.KMIPAdapter](t)
	key, counted := rootKey(t, client), pointer(true)
	made := adapter(client.CreateKMIPAdapter(ctx, kp.WithNativeProfile(key),
		kp.WithKMIPAdapterName(name()[:40]), kp.WithKMIPAdapterDescription("of the tour")))
	equal(t, reflect.DeepEqual(adapter(client.GetKMIPAdapter(ctx, made.Name)), made), true)
	adapters := got[*kp.KMIPAdapters](t)(client.GetKMIPAdapters(ctx,
		&kp.ListKmipAdaptersOptions{CrkID: &key, TotalCount: counted}))
	equal(t, adapters.Metadata.TotalCount, 1)

	added := got[*kp.KMIPClientCertificate](t)(client.CreateKMIPClientCertificate(
		ctx, made.ID, selfSigned(t), kp.WithKMIPClientCertName("tour")))
	known := got[*kp.KMIPClientCertificate](t)(client.GetKMIPClientCertificate(ctx, made.Name, "tour"))
	equal(t, reflect.DeepEqual(known, added), true)
	certificates := got[*kp.KMIPClientCertificates](t)(client.GetKMIPClientCertificates(
		ctx, made.ID, &kp.ListOptions{TotalCount: counted}))
	equal(t, certificates.Metadata.TotalCount, 1)
	must(t, client.DeleteKMIPClientCertificate(ctx, made.ID, added.ID))

	id := backstage(t, "kmip-object", url.Values{"adapter": {made.ID}})
	objects := got[*kp.KMIPObjects](t)(client.GetKMIPObjects(
		ctx, made.ID, &kp.ListKmipObjectsOptions{ObjectStateFilter: &[]int32{1, 2}, TotalCount: counted}))
	equal(t, objects.Metadata.TotalCount, 1)
	equal(t, got[*kp.KMIPObject](t)(client.GetKMIPObject(ctx, made.ID, id)).ID, id)
	if client.DeleteKMIPObject(ctx, made.ID, id) == nil {
		t.Fatal("an active object is deleted without force")
	}
	must(t, client.DeleteKMIPObject(ctx, made.ID, id, kp.WithForce(true)))
	must(t, client.DeleteKMIPAdapter(ctx, made.ID))
}

func TestThatTheTourIsWhole(t *testing.T) {
	var text string
	for _, file := range []string{"keys_test.go", "instance_test.go"} {
		text += string(got[[]byte](t)(os.ReadFile(file)))
	}
	methods := reflect.TypeFor[*kp.Client]()
	for method := range methods.NumMethod() {
		if called := "." + methods.Method(method).Name + "("; !strings.Contains(text, called) {
			t.Errorf("the tour has no %s", called)
		}
	}
	t.Logf("%d methods", methods.NumMethod())
}
