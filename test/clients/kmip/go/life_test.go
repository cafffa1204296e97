package tour

import (
	"context"
	"testing"
	"time"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/kmipclient"
	"github.com/ovh/kmip-go/payloads"
)

func TestLife(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		id := done(t, client.Create().AES(256, encrypts)).UniqueIdentifier
		state := func() kmip.State { return one[kmip.State](t, client, id, kmip.AttributeNameState) }
		equal(t, state(), kmip.StatePreActive)
		done(t, client.Activate(id))
		equal(t, state(), kmip.StateActive)
		equal(t, done(t, client.ObtainLease(id)).LeaseTime > 0, true)
		refused(t, client.Destroy(id), kmip.ResultReasonPermissionDenied)
		done(t, client.Archive(id))
		refused(t, client.Get(id), kmip.ResultReasonObjectArchived)
		done(t, client.Recover(id))
		done(t, client.Revoke(id).WithRevocationReasonCode(kmip.RevocationReasonCodeKeyCompromise).
			WithRevocationMessage("the tour is over").WithCompromiseOccurrenceDate(time.Now().Add(-time.Hour)))
		equal(t, state(), kmip.StateCompromised)
		done(t, client.Destroy(id))
		equal(t, state(), kmip.StateDestroyedCompromised)
		refused(t, client.Get(id), kmip.ResultReasonItemNotFound)
	})
}

func TestAttributes(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		name := "tour " + client.Version().String()
		id := done(t, client.Create().AES(256, encrypts).WithName(name).
			WithAttribute("x-Shelf", "12")).UniqueIdentifier
		done(t, client.AddAttribute(id, "x-Shelf", "13"))
		equal(t, len(attribute[string](t, client, id, "x-Shelf")), 2)
		done(t, client.ModifyAttribute(id, "x-Shelf", "14").WithIndex(1))
		equal(t, attribute[string](t, client, id, "x-Shelf")[1], "14")
		done(t, client.DeleteAttribute(id, "x-Shelf").WithIndex(0))
		equal(t, one[string](t, client, id, "x-Shelf"), "14")
		refused(t, client.ModifyAttribute(id, kmip.AttributeNameState, kmip.StateActive), kmip.ResultReasonPermissionDenied)
		listed := done(t, client.GetAttributeList(id))
		equal(t, len(listed.AttributeName) > 8, true)
		equal(t, len(done(t, client.GetAttributes(id)).Attribute) >= len(listed.AttributeName), true)
		found := done(t, client.Locate().WithName(name)).UniqueIdentifier
		equal(t, len(found), 1)
		equal(t, found[0], id)
		shelf := done(t, client.Locate().WithAttribute("x-Shelf", "14").WithMaxItems(1)).UniqueIdentifier
		equal(t, len(shelf), 1)
	})
}

func TestUsageLimits(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		id := done(t, client.Create().AES(256, encrypts).WithUsageLimit(10, kmip.UsageLimitsUnitObject)).UniqueIdentifier
		done(t, client.Activate(id))
		done(t, client.GetUsageAllocation(id, 4))
		equal(t, *one[kmip.UsageLimits](t, client, id, kmip.AttributeNameUsageLimits).UsageLimitsCount, 6)
		refused(t, client.GetUsageAllocation(id, 7), kmip.ResultReasonPermissionDenied)
	})
}

func TestReplacement(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		id := done(t, client.Create().AES(256, encrypts)).UniqueIdentifier
		done(t, client.Activate(id))
		next := done(t, client.Rekey(id).WithOffset(0)).UniqueIdentifier
		link := one[kmip.Link](t, client, next, kmip.AttributeNameLink)
		equal(t, link.LinkType, kmip.LinkTypeReplacedObjectLink)
		equal(t, link.LinkedObjectIdentifier, id)
	})
}

func TestReplacementOfPairs(t *testing.T) {
	client := dial(t)
	pair := done(t, client.CreateKeyPair().RSA(2048, kmip.CryptographicUsageSign, kmip.CryptographicUsageVerify))
	next := done(t, client.RekeyKeyPair(pair.PrivateKeyUniqueIdentifier))
	links := attribute[kmip.Link](t, client, next.PublicKeyUniqueIdentifier, kmip.AttributeNameLink)
	equal(t, len(links), 2)
}

func TestBatches(t *testing.T) {
	inEveryVersion(t, func(t *testing.T, client *kmipclient.Client) {
		ctx := context.Background()
		create := client.Create().AES(256, encrypts)
		answers := got[kmipclient.BatchResult](t)(client.Batch(ctx, create.RequestPayload(),
			&payloads.ActivateRequestPayload{}, &payloads.GetAttributesRequestPayload{}))
		unwrapped := got[[]kmip.OperationPayload](t)(answers.Unwrap())
		id := unwrapped[0].(*payloads.CreateResponsePayload).UniqueIdentifier
		equal(t, unwrapped[2].(*payloads.GetAttributesResponsePayload).UniqueIdentifier, id)
		missing := &payloads.GetRequestPayload{UniqueIdentifier: "missing"}
		answers = got[kmipclient.BatchResult](t)(client.BatchOpt(ctx, []kmip.OperationPayload{missing, &payloads.GetRequestPayload{UniqueIdentifier: id}},
			kmipclient.OnBatchErr(kmip.BatchErrorContinuationOptionContinue)))
		equal(t, answers[0].ResultReason, kmip.ResultReasonItemNotFound)
		equal(t, answers[1].ResultStatus, kmip.ResultStatusSuccess)
		payload := got[kmip.OperationPayload](t)(client.Request(ctx, &payloads.LocateRequestPayload{}))
		equal(t, len(payload.(*payloads.LocateResponsePayload).UniqueIdentifier) > 0, true)
	})
}
