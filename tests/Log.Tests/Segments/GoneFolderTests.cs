using Semel.Log.Segments;

namespace Semel.Log.Tests.Segments;

/// <summary>What is written into a folder that was removed or moved away while it was in use is not acknowledged.</summary>
public sealed class GoneFolderTests
{
    static async Task<string> Refused(ILog log) => (await Assert.ThrowsAsync<LogFailedException>(async () => await log.AppendAsync([TestBatches.Of(log.Bounds.EndOffset)], log.Bounds.EndOffset))).Message;

    [LinuxTheory]
    [InlineData(FlushMode.Disk)]
    [InlineData(FlushMode.Os)]
    public async Task A_data_folder_that_is_removed_ends_every_log_before_anything_more_is_acknowledged(FlushMode flush)
    {
        using var running = new SegmentFixture(flush);
        var store = running.OpenStore();
        var (one, other) = (SegmentFixture.Open(store), SegmentFixture.Open(store, "other"));
        await SegmentFixture.Fill(one, 2);
        await SegmentFixture.Fill(other, 2);
        Directory.Delete(running.Folder.Path, recursive: true);
        Assert.Contains(running.Folder.Of("logs"), await Refused(one));
        Assert.Contains(running.Folder.Of("logs"), await Refused(other));
        await store.DisposeAsync();
        Assert.False(Directory.Exists(running.Folder.Path));
    }

    [LinuxTheory]
    [InlineData(FlushMode.Disk, false)]
    [InlineData(FlushMode.Disk, true)]
    [InlineData(FlushMode.Os, false)]
    [InlineData(FlushMode.Os, true)]
    public async Task A_data_folder_that_is_moved_away_is_noticed_also_when_another_stands_in_its_place(FlushMode flush, bool isReplaced)
    {
        using var running = new SegmentFixture(flush);
        using var elsewhere = new TestFolder(inMemory: true);
        var store = running.OpenStore();
        var log = SegmentFixture.Open(store);
        await SegmentFixture.Fill(log, 2);
        Directory.Move(running.Folder.Path, elsewhere.Of("data"));
        if (isReplaced) Directory.CreateDirectory(running.Folder.Of("logs", "log"));
        // What is not forced may be taken for a few milliseconds more: it lies in the folder that was moved.
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); flush == FlushMode.Os && clock.ElapsedMilliseconds < 1000;)
        {
            try
            {
                await SegmentFixture.Fill(log, log.Bounds.EndOffset + 1);
            }
            catch (LogFailedException)
            {
                break;
            }
        }
        Assert.Contains(running.Folder.Of("logs"), await Refused(log));
        await store.DisposeAsync();
    }

    [LinuxTheory]
    [InlineData(FlushMode.Disk, false)]
    [InlineData(FlushMode.Disk, true)]
    [InlineData(FlushMode.Os, false)]
    [InlineData(FlushMode.Os, true)]
    public async Task A_folder_of_one_log_that_is_gone_ends_that_log_alone(FlushMode flush, bool isMoved)
    {
        using var running = new SegmentFixture(flush);
        await using var store = running.OpenStore();
        var (gone, other) = (SegmentFixture.Open(store), SegmentFixture.Open(store, "other"));
        await SegmentFixture.Fill(gone, 2);
        await SegmentFixture.Fill(other, 2);
        if (isMoved) Directory.Move(running.LogFolder, running.Folder.Of("elsewhere"));
        else Directory.Delete(running.LogFolder, recursive: true);
        // Together in one group, so that one of it is refused and the other is not.
        var (refused, taken) = (Refused(gone), SegmentFixture.Fill(other, 3));
        await taken;
        Assert.Contains(running.LogFolder, await refused);
        Assert.Contains(running.LogFolder, await Refused(gone));
        await SegmentFixture.Fill(other, 5);
        // A log that was made since is no reason to doubt those that were there.
        await SegmentFixture.Fill(SegmentFixture.Open(store, "later"), 2);
        await SegmentFixture.Fill(other, 6);
    }

    [LinuxTheory]
    [InlineData("journal")]
    public async Task A_journal_that_is_removed_is_noticed(string folder)
    {
        using var running = new SegmentFixture();
        var store = running.OpenStore();
        var log = SegmentFixture.Open(store);
        await SegmentFixture.Fill(log, 2);
        Directory.Delete(running.Folder.Of(folder), recursive: true);
        Assert.Contains("0000.journal", await Refused(log));
        await store.DisposeAsync();
    }
}
