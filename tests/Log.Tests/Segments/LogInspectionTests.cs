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

    static List<(string Path, InspectedBatch Batch)> Inspect(string path) =>
        [.. LogInspection.Segments(path).SelectMany(segment => segment.Batches.Select(batch => (segment.Path, batch with { Bytes = batch.Bytes.ToArray() })))];

    [Fact]
    public async Task Every_batch_is_listed_with_its_place_and_its_header()
    {
        var (folder, batches) = await Stopped(60);
        using (folder)
        {
            var before = folder.Folder.Content();
            var inspected = Inspect(folder.LogFolder);
            Assert.Equal(60, inspected.Count);
            for (var offset = 0; offset < 60; offset++)
            {
                var (path, batch) = inspected[offset];
                Assert.Equal(offset, batch.Header!.Value.BaseOffset);
                Assert.Null(batch.Fault);
                Assert.Equal(batches[offset].ToArray(), batch.Bytes.ToArray());
                Assert.Equal(batches[offset].ToArray(), File.ReadAllBytes(path).AsSpan((int)batch.Position, (int)batch.SizeInBytes).ToArray());
            }
            Assert.Equal(folder.SegmentPaths, inspected.Select(each => each.Path).Distinct());
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
            var inspected = Inspect(folder.LastSegment).ConvertAll(each => each.Batch);
            Assert.Equal(new long[] { 0, size, 2 * size, 3 * size, 4 * size }, inspected.Select(batch => batch.Position));
            Assert.Contains("CRC", inspected[1].Fault);
            Assert.Equal(size, inspected[1].Bytes.Length);
            Assert.Contains("magic", inspected[3].Fault);
            Assert.True(inspected[3].Bytes.IsEmpty);
            Assert.All(new[] { 0, 2, 4 }, sound => Assert.Null(inspected[sound].Fault));
        }
    }

    [Fact]
    public async Task A_torn_tail_is_the_last_place()
    {
        var (folder, _) = await Stopped(3);
        using (folder)
        {
            SegmentFixture.Change(folder.LastSegment, bytes => bytes[..^5]);
            var inspected = Inspect(folder.LastSegment).ConvertAll(each => each.Batch);
            Assert.Equal(3, inspected.Count);
            Assert.Contains("bytes", inspected[2].Fault);
            Assert.Equal(new FileInfo(folder.LastSegment).Length, inspected[2].Position + inspected[2].SizeInBytes);
            SegmentFixture.Change(folder.LastSegment, bytes => bytes[..^(bytes.Length / 3 - 20)]);
            Assert.Contains("fewer than a header", Inspect(folder.LastSegment)[^1].Batch.Fault);
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
            var faulty = Assert.Single(Inspect(folder.LogFolder), each => each.Batch.Fault is not null);
            Assert.Equal(segments[2], faulty.Path);
            Assert.Null(faulty.Batch.Header);
        }
    }

    [Fact]
    public void What_is_not_there_or_has_no_segments_is_refused()
    {
        using var folder = new TestFolder(inMemory: true);
        Assert.Throws<LogStoreException>(() => LogInspection.Segments(folder.Path));
        Assert.Throws<LogStoreException>(() => LogInspection.Segments(folder.Of("00000000000000000000.log")).ToList());
    }
}
