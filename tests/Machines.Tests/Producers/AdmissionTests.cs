using Semel.Machines.Producers;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Machines.Tests.Producers;

/// <summary>Who may write into a transaction, and what the guard closes (T5).</summary>
public class AdmissionTests
{
    static readonly ProducerId Producer = new(50);
    static readonly ProducerEpoch Three = new(3), Four = new(4);

    readonly GuardNumbers _numbers = new();
    readonly LogProducers _producers = new();
    Verifications _verifications;

    public AdmissionTests() => _verifications = new(_numbers);

    AdmissionRule Rule => new(_producers, _verifications);

    (Admission Admission, long Guard) Begin(ProducerEpoch epoch, int sequence = 0) => (Rule.Begin(Producer, epoch, sequence, supportsEpochBump: false, default, out var guard), guard);

    void Apply(byte[] batch)
    {
        Assert.True(RecordBatchHeader.TryRead(batch, out var header));
        _producers.Apply(header, batch, default);
        if (!header.Attributes.IsControl) _verifications.Appended(header.ProducerId);
    }

    void ApplyData(short epoch) => Apply(Partition.TestBatch.Of(Producer.Value, epoch, 0, transactional: true));

    void ApplyMarker(short epoch, short version = 1)
    {
        Apply(ControlRecord.EndTransactionMarker(false, Producer, new(epoch), 1, 0));
        _verifications.Ended(new(Producer, new(epoch), false, 1, version));
    }

    [Fact]
    public void What_was_verified_may_be_written_and_opens_the_transaction_for_the_others()
    {
        var (admission, guard) = Begin(Three);
        Assert.Equal(Admission.ToBeVerified, admission);
        Assert.Equal(Admission.Granted, Rule.Check(Producer, Three, guard));
        ApplyData(3);
        Assert.Equal(0, _verifications.Count);
        Assert.Equal(Admission.Granted, Rule.Check(Producer, Three, guard));
        Assert.Equal((Admission.Granted, 0L), Begin(Three));
    }

    [Fact]
    public void Without_a_guard_nothing_is_written_that_is_not_open()
    {
        Assert.Equal(Admission.NotVerified, Rule.Check(Producer, Three, 0));
        Begin(Three);
        Assert.Equal(Admission.NotVerified, Rule.Check(Producer, Three, 0));
        Assert.Equal(Admission.NotVerified, Rule.Check(Producer, Three, 99));
    }

    [Fact]
    public void T5_a_marker_between_the_answer_of_the_coordinator_and_the_append_takes_the_guard_away()
    {
        var (_, guard) = Begin(Three);
        ApplyMarker(3);
        Assert.Equal(Admission.NotVerified, Rule.Check(Producer, Three, guard));
        var (_, next) = Begin(Three);
        Assert.NotEqual(guard, next);
        Assert.Equal(Admission.NotVerified, Rule.Check(Producer, Three, guard));
        Assert.Equal(Admission.Granted, Rule.Check(Producer, Three, next));
    }

    [Fact]
    public void A_marker_with_a_higher_epoch_says_that_the_producer_is_old()
    {
        var (_, guard) = Begin(Three);
        ApplyMarker(4);
        Assert.Equal(Admission.StaleEpoch, Rule.Check(Producer, Three, guard));
        Assert.Equal((Admission.StaleEpoch, 0L), Begin(Three));
    }

    [Fact]
    public void A_marker_of_the_second_protocol_leaves_the_verification_of_the_transaction_after_it()
    {
        var (_, guard) = Begin(Four);
        ApplyMarker(4, version: 2);
        Assert.Equal(Admission.Granted, Rule.Check(Producer, Four, guard));
        ApplyMarker(4, version: 1);
        Assert.Equal(Admission.NotVerified, Rule.Check(Producer, Four, guard));
    }

    [Fact]
    public void Those_who_wait_in_one_epoch_share_the_guard_and_the_lowest_sequence()
    {
        var (_, guard) = Begin(Three, sequence: 5);
        Assert.Equal(guard, Begin(Three, sequence: 9).Guard);
        Assert.Equal(guard, Begin(Three, sequence: 2).Guard);
        Assert.True(_verifications.TryFind(Producer, out var verification));
        Assert.Equal((2, Three), (verification.LowestSequence, verification.Epoch));
    }

    [Fact]
    public void A_higher_epoch_takes_the_place_of_a_lower_one_and_a_lower_one_changes_nothing()
    {
        var (_, three) = Begin(Three, sequence: 1);
        var (_, four) = Begin(Four, sequence: 7);
        Assert.NotEqual(three, four);
        Assert.Equal(Admission.NotVerified, Rule.Check(Producer, Three, three));
        Assert.Equal(four, Begin(Three, sequence: 1).Guard);
        Assert.True(_verifications.TryFind(Producer, out var verification));
        Assert.Equal((7, Four), (verification.LowestSequence, verification.Epoch));
    }

    [Fact]
    public void An_open_transaction_of_another_epoch_is_no_consent()
    {
        ApplyData(3);
        Assert.Equal(Admission.NotVerified, Rule.Check(Producer, Four, 0));
        Assert.Equal(Admission.ToBeVerified, Begin(Four).Admission);
    }

    [Fact]
    public void A_machine_that_was_folded_anew_knows_that_a_guard_is_older_and_gives_it_to_nobody_again()
    {
        var (_, guard) = Begin(Three);
        _verifications = new(_numbers);
        Assert.Equal(Admission.Outlived, Rule.Check(Producer, Three, guard));
        Assert.True(Begin(Three).Guard > guard);
        Assert.Equal(Admission.NotVerified, Rule.Check(Producer, Three, 77));
    }

    [Fact]
    public void Verifications_are_forgotten_when_they_are_old()
    {
        _verifications.Begin(Producer, Three, 0, false, TimeSpan.FromSeconds(1));
        _verifications.Begin(new(51), Three, 0, false, TimeSpan.FromSeconds(2));
        _verifications.Expire(TimeSpan.FromSeconds(1));
        Assert.False(_verifications.TryFind(Producer, out _));
        Assert.True(_verifications.TryFind(new(51), out _));
    }

    [Fact]
    public void There_are_never_more_than_so_many_and_the_newest_stay()
    {
        for (var producer = 0; producer < Verifications.Most * 2; producer++) _verifications.Begin(new(producer), Three, 0, false, default);
        Assert.InRange(_verifications.Count, Verifications.Most / 2, Verifications.Most);
        Assert.True(_verifications.TryFind(new(Verifications.Most * 2 - 1), out _));
        Assert.False(_verifications.TryFind(new(0), out _));
    }

    [Fact]
    public void Each_answer_has_its_code() => Assert.Equal(
        [ErrorCode.None, ErrorCode.None, ErrorCode.InvalidProducerEpoch, ErrorCode.InvalidTxnState, ErrorCode.KafkaStorageError],
        Enum.GetValues<Admission>().Select(AdmissionRule.ErrorOf));
}
