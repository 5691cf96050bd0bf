using Semel.Log.Segments;
using Semel.Protocol.Records;

namespace Semel.Log.Tests.Segments;

/// <summary>Bytes that were durable and are not what was written: refused by name and place, and left as they are.</summary>
public sealed class DamageTests
{
    static LogDamagedException Refused(SegmentFixture damaged)
    {
        var before = damaged.Folder.Content();
        using var store = new DisposableStore(damaged.OpenStore());
        var refusal = Assert.Throws<LogDamagedException>(() => SegmentFixture.Open(store.Store));
        AssertUnchanged(before, damaged);
        return refusal;
    }

    /// <summary>Without waiting for it to be disposed, as a store that was killed.</summary>
    sealed class DisposableStore(SegmentLogStore store) : IDisposable
    {
        public SegmentLogStore Store => store;
        public void Dispose() => store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    static void AssertUnchanged(SortedDictionary<string, byte[]> before, SegmentFixture damaged)
    {
        var after = damaged.Folder.Content();
        Assert.Equal(before.Keys, after.Keys);
        foreach (var (path, content) in before.Where(file => file.Key.StartsWith("logs", StringComparison.Ordinal))) Assert.Equal(content, after[path]);
    }

    [Fact]
    public async Task A_flipped_bit_before_a_sound_batch_is_damage()
    {
        using var killed = await SegmentFixture.Killed(FlushMode.Os, 3);
        var size = new FileInfo(killed.LastSegment).Length / 3;
        // In every field of the header, and in the records.
        foreach (var position in new[] { 0, 7, 8, 9, 10, 11, 16, 17, 22, 26, 30, 50, 60, 61, 200, size - 1 })
        {
            using var damaged = killed.Crashed();
            SegmentFixture.FlipBit(damaged.LastSegment, size + position);
            var refusal = Refused(damaged);
            Assert.Contains(damaged.LastSegment, refusal.Message);
            Assert.Contains($"position {size}", refusal.Message);
        }
    }

    [Fact]
    public async Task A_torn_batch_whose_records_hold_a_whole_batch_is_still_a_torn_tail()
    {
        using var killed = await SegmentFixture.Killed(FlushMode.Os, 1);
        using var builder = new RecordBatchBuilder(1 << 20);
        for (var record = 0; record < 3; record++) builder.TryAppend(1, default, keyIsNull: true, TestBatches.Of(500 + record).Span, valueIsNull: false);
        builder.Close(Protocol.CompressionCodec.None);
        var batch = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(batch, 1, 0);
        for (var end = RecordBatchHeader.Size; end <= batch.Length; end++)
        {
            using var crashed = killed.Crashed();
            // As long as it should be, with zeros or a flipped bit where the disk did not take it: the header is sound.
            var torn = batch.ToArray();
            torn.AsSpan(end).Clear();
            torn[RecordBatchHeader.Size] ^= 1;
            SegmentFixture.Change(crashed.LastSegment, bytes => [.. bytes, .. torn]);
            await using var store = crashed.OpenStore();
            Assert.Equal(1, SegmentFixture.Open(store).Bounds.EndOffset);
        }
    }

    [Fact]
    public async Task A_flipped_bit_in_the_leader_epoch_is_nothing_that_a_checksum_sees()
    {
        using var changed = await SegmentFixture.Killed(FlushMode.Os, 3);
        SegmentFixture.FlipBit(changed.LastSegment, 13);
        await using var store = changed.OpenStore();
        Assert.Equal(3, SegmentFixture.Open(store).Bounds.EndOffset);
    }

    [Fact]
    public async Task A_flipped_bit_in_the_last_batch_is_a_torn_tail_only_where_nobody_knows_better()
    {
        using var unknown = await SegmentFixture.Killed(FlushMode.Os, 3);
        SegmentFixture.FlipBit(unknown.LastSegment, new FileInfo(unknown.LastSegment).Length - 1);
        await using (var store = unknown.OpenStore()) Assert.Equal(2, SegmentFixture.Open(store).Bounds.EndOffset);

        using var known = await SegmentFixture.Killed(FlushMode.Disk, 3);
        // The journal brings the batch back, and the log is not opened: its durable mark stays.
        await known.OpenStore().DisposeAsync();
        SegmentFixture.FlipBit(known.LastSegment, new FileInfo(known.LastSegment).Length - 1);
        Assert.Contains("durable up to offset 3", Refused(known).Message);
    }

    [Fact]
    public async Task Damage_that_the_journal_can_mend_is_mended()
    {
        using var damaged = await SegmentFixture.Killed(FlushMode.Disk, 3);
        var sound = File.ReadAllBytes(damaged.LastSegment);
        for (var position = 0; position < sound.Length; position += 50) SegmentFixture.FlipBit(damaged.LastSegment, position);
        await using var store = damaged.OpenStore();
        Assert.Equal(3, SegmentFixture.Open(store).Bounds.EndOffset);
        Assert.Equal(sound, File.ReadAllBytes(damaged.LastSegment));
    }

    [Fact]
    public async Task A_segment_shorter_than_what_was_forced_is_damage()
    {
        using var damaged = new SegmentFixture();
        await using (var store = damaged.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 3);
        SegmentFixture.Change(damaged.LastSegment, bytes => bytes[..^1]);
        Assert.Contains("forced up to position", Refused(damaged).Message);
    }

    [Fact]
    public async Task A_log_without_its_segments_is_damage()
    {
        using var damaged = new SegmentFixture();
        await using (var store = damaged.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 60);
        using (var withoutLast = damaged.Crashed())
        {
            File.Delete(withoutLast.LastSegment);
            Assert.Contains("is missing", Refused(withoutLast).Message);
        }
        foreach (var path in damaged.SegmentPaths) File.Delete(path);
        Assert.Contains("no segment", Refused(damaged).Message);
    }

    [Fact]
    public async Task A_descriptor_that_is_damaged_or_missing_keeps_the_log_closed()
    {
        using var damaged = new SegmentFixture();
        await using (var store = damaged.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 3);
        var descriptor = Path.Combine(damaged.LogFolder, "log.descriptor");
        SegmentFixture.FlipBit(descriptor, 30);
        SegmentFixture.FlipBit(descriptor, 4096 + 30);
        Assert.Contains(descriptor, Refused(damaged).Message);
        File.Delete(descriptor);
        Assert.Contains(descriptor, Refused(damaged).Message);
    }

    /// <summary>After an orderly stop the log needs its descriptor, after a crash the journal does.</summary>
    [Theory, MemberData(nameof(DescriptorDamages))]
    public async Task One_sound_copy_of_a_descriptor_is_enough_and_the_other_is_mended(string what, bool isKilled)
    {
        using var damaged = isKilled ? await SegmentFixture.Killed(FlushMode.Disk, 3) : new SegmentFixture();
        if (!isKilled)
            await using (var store = damaged.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 3);
        var descriptor = Path.Combine(damaged.LogFolder, "log.descriptor");
        var whole = File.ReadAllBytes(descriptor);
        if (what == "cut") SegmentFixture.Change(descriptor, bytes => bytes[..4100]);
        else SegmentFixture.FlipBit(descriptor, what == "first" ? 30 : 4096 + 30);
        await using (var store = damaged.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            Assert.Equal(3, log.Bounds.EndOffset);
            Assert.Contains("descriptor was damaged", log.Recovery.Detail);
        }
        Assert.Equal(whole, File.ReadAllBytes(descriptor));
        await using (var store = damaged.OpenStore()) Assert.Null(SegmentFixture.Open(store).Recovery.Detail);
    }

    public static TheoryData<string, bool> DescriptorDamages() => new() { { "first", false }, { "second", false }, { "cut", false }, { "first", true }, { "second", true }, { "cut", true } };

    [Fact]
    public async Task A_link_or_a_folder_in_place_of_a_file_keeps_the_log_closed()
    {
        using var damaged = new SegmentFixture();
        await using (var store = damaged.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 3);
        using var outside = new TestFolder(inMemory: true);
        var segment = damaged.LastSegment;
        File.Move(segment, outside.Of("elsewhere"));
        File.CreateSymbolicLink(segment, outside.Of("elsewhere"));
        await using (var store = damaged.OpenStore()) Assert.Contains(segment, Assert.Throws<LogDamagedException>(() => SegmentFixture.Open(store)).Message);
        File.Delete(segment);
        Directory.CreateDirectory(segment);
        await using (var store = damaged.OpenStore()) Assert.Contains(segment, Assert.Throws<LogDamagedException>(() => SegmentFixture.Open(store)).Message);
    }

    [Fact]
    public async Task Without_recovery_points_everything_is_scanned_and_damage_is_still_found()
    {
        using var damaged = new SegmentFixture();
        await using (var store = damaged.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 60);
        File.WriteAllBytes(damaged.Folder.Of("recovery.points"), [1, 2, 3]);
        using (var whole = damaged.Crashed())
        {
            await using var store = whole.OpenStore();
            var log = SegmentFixture.Open(store);
            Assert.Equal(60, log.Bounds.EndOffset);
            Assert.Equal(whole.SegmentPaths.Sum(path => new FileInfo(path).Length), log.Recovery.ScannedBytes);
        }
        SegmentFixture.FlipBit(damaged.SegmentPaths[0], 100);
        Assert.Contains(damaged.SegmentPaths[0], Refused(damaged).Message);
    }
}
