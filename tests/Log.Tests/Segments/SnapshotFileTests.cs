using Semel.Log.Segments;

namespace Semel.Log.Tests.Segments;

public sealed class SnapshotFileTests
{
    static string PathOf(SegmentFixture folder, long offset) => folder.SegmentPath(offset, ".snapshot");

    [Fact]
    public async Task A_snapshot_with_any_flipped_bit_is_passed_over_for_the_one_before()
    {
        using var folder = new SegmentFixture();
        await using var store = folder.OpenStore();
        var log = SegmentFixture.Open(store);
        await SegmentFixture.Fill(log, 3);
        log.SaveSnapshot(0, [1, 1, 1]);
        log.SaveSnapshot(3, [2, 2, 2]);
        var sound = File.ReadAllBytes(PathOf(folder, 3));
        for (var bit = 0; bit < sound.Length * 8; bit++)
        {
            var damaged = sound.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(PathOf(folder, 3), damaged);
            Assert.Equal(0, log.LoadSnapshot()!.Offset);
        }
        for (var length = 0; length < sound.Length; length++)
        {
            File.WriteAllBytes(PathOf(folder, 3), sound[..length]);
            Assert.Equal([1, 1, 1], log.LoadSnapshot()!.Content.ToArray());
        }
        File.WriteAllBytes(PathOf(folder, 3), sound);
        Assert.Equal([2, 2, 2], log.LoadSnapshot()!.Content.ToArray());
    }

    [Fact]
    public async Task A_snapshot_beyond_the_end_is_removed_when_the_log_is_opened()
    {
        using var folder = new SegmentFixture(FlushMode.Os);
        await using (var store = folder.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            await SegmentFixture.Fill(log, 5);
            log.SaveSnapshot(5, [5]);
            using var crashed = folder.Crashed();
            SegmentFixture.Change(crashed.LastSegment, bytes => bytes[..^1]);
            await using var again = crashed.OpenStore();
            Assert.Null(SegmentFixture.Open(again).LoadSnapshot());
            Assert.False(File.Exists(PathOf(crashed, 5)));
        }
    }

    [Fact]
    public async Task The_latest_and_those_at_the_beginning_of_a_segment_are_kept()
    {
        using var folder = new SegmentFixture();
        await using var store = folder.OpenStore();
        var log = SegmentFixture.Open(store);
        var bases = new List<long> { 0 };
        log.SaveSnapshot(0, [0]);
        while (bases.Count < 4)
        {
            var end = log.Bounds.EndOffset;
            if ((await log.AppendAsync([TestBatches.Of(end, 1, 700)], end)).Rolled)
            {
                bases.Add(end);
                log.SaveSnapshot(end, [1]);
            }
            log.SaveSnapshot(end + 1, [2]);
        }
        var latest = log.Bounds.EndOffset;
        Assert.Equal([.. bases, latest], Kept(folder));
        // With the segments their snapshots go.
        await log.TrimStartAsync(bases[2]);
        Assert.Equal([bases[2], bases[3], latest], Kept(folder));
    }

    static IEnumerable<long> Kept(SegmentFixture folder) => Directory.GetFiles(folder.LogFolder, "*.snapshot").Select(path => long.Parse(Path.GetFileNameWithoutExtension(path))).Order();
}
