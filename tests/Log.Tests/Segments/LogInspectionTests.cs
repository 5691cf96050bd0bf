using Semel.Log.Segments;

namespace Semel.Log.Tests.Segments;

public sealed class LogInspectionTests
{
    static async Task<(SegmentFixture Folder, List<ReadOnlyMemory<byte>> Batches)> Stopped(long endOffset)
    {
        var folder = new SegmentFixture();
        await using var store = folder.OpenStore();
        return (folder, await SegmentFixture.Fill(SegmentFixture.Open(store), endOffset));
    }

    [Fact]
    public async Task Every_batch_is_listed_with_its_place_and_its_header()
    {
        var (folder, batches) = await Stopped(60);
        using (folder)
        {
            var before = folder.Folder.Content();
            var log = Assert.Single(LogInspection.Logs(folder.Folder.Path));
            Assert.Equal("log", log.Name);
            var inspected = LogInspection.Batches(log.Folder).ToList();
            Assert.Equal(60, inspected.Count);
            for (var offset = 0; offset < 60; offset++)
            {
                Assert.Equal(offset, inspected[offset].Header!.Value.BaseOffset);
                Assert.Null(inspected[offset].Fault);
                Assert.Equal(batches[offset].ToArray(), File.ReadAllBytes(inspected[offset].File).AsSpan((int)inspected[offset].Position, batches[offset].Length).ToArray());
            }
            Assert.Equal(folder.SegmentPaths, inspected.Select(batch => batch.File).Distinct());
            Assert.Equal(before, folder.Folder.Content());
        }
    }

    [Fact]
    public async Task Damage_is_named_and_the_rest_of_the_file_is_still_listed()
    {
        var (folder, batches) = await Stopped(5);
        using (folder)
        {
            var size = batches[0].Length;
            SegmentFixture.FlipBit(folder.LastSegment, size + 100);
            SegmentFixture.FlipBit(folder.LastSegment, 3 * size + 16);
            var inspected = LogInspection.Batches(folder.LastSegment).ToList();
            Assert.Equal(new long[] { 0, size, 2 * size, 3 * size, 4 * size }, inspected.Select(batch => batch.Position));
            Assert.Contains("CRC", inspected[1].Fault);
            Assert.Equal(2 * size, inspected[1].FollowedBy);
            Assert.Contains("magic", inspected[3].Fault);
            Assert.Equal(4 * size, inspected[3].FollowedBy);
            Assert.All(new[] { 0, 2, 4 }, sound => Assert.Null(inspected[sound].Fault));
        }
    }

    [Fact]
    public async Task A_torn_tail_is_followed_by_nothing()
    {
        var (folder, _) = await Stopped(3);
        using (folder)
        {
            SegmentFixture.Change(folder.LastSegment, bytes => bytes[..^5]);
            var inspected = LogInspection.Batches(folder.LastSegment).ToList();
            Assert.Equal(3, inspected.Count);
            Assert.Contains("bytes", inspected[2].Fault);
            Assert.Null(inspected[2].FollowedBy);
            SegmentFixture.Change(folder.LastSegment, bytes => bytes[..^(bytes.Length / 3 - 20)]);
            Assert.Contains("fewer than a header", LogInspection.Batches(folder.LastSegment).Last().Fault);
        }
    }

    [Fact]
    public async Task A_segment_that_is_missing_between_others_is_named()
    {
        var (folder, _) = await Stopped(80);
        using (folder)
        {
            var segments = folder.SegmentPaths;
            File.Delete(segments[1]);
            var faulty = Assert.Single(LogInspection.Batches(folder.LogFolder), batch => batch.Fault is not null);
            Assert.Equal(segments[2], faulty.File);
            Assert.Null(faulty.Header);
        }
    }

    [Fact]
    public void What_is_no_folder_of_logs_or_has_no_segments_is_refused()
    {
        using var folder = new TestFolder(inMemory: true);
        Assert.Throws<LogStoreException>(() => LogInspection.Logs(folder.Path));
        Assert.Throws<LogStoreException>(() => LogInspection.Batches(folder.Path));
        Assert.Throws<LogStoreException>(() => LogInspection.Batches(folder.Of("00000000000000000000.log")).ToList());
    }
}
