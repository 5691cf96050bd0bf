using System.Globalization;
using Semel.Log.Segments;

namespace Semel.Log.Tests.Segments;

public sealed class FolderTests
{
    [Fact]
    public async Task A_second_store_on_the_folder_is_refused_with_the_folder_and_the_holder()
    {
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore())
        {
            var refusal = Assert.Throws<LogStoreException>(() => folder.OpenStore());
            Assert.Contains(folder.Folder.Path, refusal.Message);
            Assert.Contains($"process {Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}", refusal.Message);
        }
        await using var afterwards = folder.OpenStore();
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.Of("file"), "");
        var refusal = Assert.Throws<LogStoreException>(() => new SegmentLogStore(new SegmentStoreOptions { Directory = folder.Of("file", "data") }));
        Assert.Contains(folder.Of("file", "data"), refusal.Message);
        Assert.Throws<LogStoreException>(() => new SegmentLogStore(new SegmentStoreOptions { Directory = folder.Of("file") }));
    }

    [Fact]
    public async Task The_lock_is_of_the_folder_and_no_file_that_is_removed_or_replaced_lets_a_second_store_in()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore())
        {
            foreach (var file in Directory.GetFiles(folder.Folder.Path, ".lock*")) File.Delete(file);
            Assert.Contains("in use by another process", Assert.Throws<LogStoreException>(() => folder.OpenStore()).Message);
            Directory.CreateDirectory(folder.Folder.Of(".lock"));
            Assert.Contains(folder.Folder.Path, Assert.Throws<LogStoreException>(() => folder.OpenStore()).Message);
        }
        // What lies there in place of the files is in nobody's way.
        await folder.OpenStore().DisposeAsync();
    }

    [Fact]
    public async Task A_version_that_locks_a_file_alone_is_kept_out_and_keeps_this_one_out()
    {
        using var folder = new SegmentFixture();
        await folder.OpenStore().DisposeAsync();
        using (new FileStream(folder.Folder.Of(".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            Assert.Contains("in use by process", Assert.Throws<LogStoreException>(() => folder.OpenStore()).Message);
        await using var store = folder.OpenStore();
        Assert.ThrowsAny<IOException>(() => new FileStream(folder.Folder.Of(".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None));
    }

    [Fact]
    public async Task What_a_crash_left_half_made_is_removed_and_foreign_files_are_left_alone()
    {
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore()) await SegmentFixture.Fill(SegmentFixture.Open(store), 2);
        foreach (var leftover in new[] { "+making-0000000000000001", "+deleted-0000000000000002" }) Directory.CreateDirectory(folder.Folder.Of("logs", leftover, "inner"));
        File.WriteAllText(Path.Combine(folder.LogFolder, "00000000000000000002.snapshot.unfinished"), "half");
        File.WriteAllText(Path.Combine(folder.LogFolder, "notes.txt"), "by a person");
        await using (var store = folder.OpenStore())
        {
            Assert.Equal(["log"], store.Names);
            SegmentFixture.Open(store);
        }
        Assert.Equal([folder.LogFolder], Directory.GetDirectories(folder.Folder.Of("logs")));
        Assert.Empty(Directory.GetFiles(folder.LogFolder, "*.unfinished"));
        Assert.True(File.Exists(Path.Combine(folder.LogFolder, "notes.txt")));
    }

    [Fact]
    public async Task Opening_and_closing_a_store_again_and_again_changes_nothing()
    {
        using var folder = new SegmentFixture();
        await using (var store = folder.OpenStore())
        {
            await SegmentFixture.Fill(SegmentFixture.Open(store), 60);
            SegmentFixture.Open(store, "empty");
        }
        var before = folder.Folder.Content();
        await using (var store = folder.OpenStore())
        {
            SegmentFixture.Open(store);
            SegmentFixture.Open(store, "empty");
        }
        await folder.OpenStore().DisposeAsync();
        Assert.Equal(before, folder.Folder.Content());
    }

    [Fact]
    public async Task An_unused_store_makes_no_journal()
    {
        using var folder = new SegmentFixture();
        await using var store = folder.OpenStore();
        SegmentFixture.Open(store);
        Assert.Empty(Directory.GetFiles(folder.Folder.Of("journal")));
    }

    [Fact]
    public async Task A_store_changes_from_one_way_of_flushing_to_the_other()
    {
        using var folder = new TestFolder(inMemory: true);
        var end = 0L;
        foreach (var flush in new[] { FlushMode.Disk, FlushMode.Os, FlushMode.Disk, FlushMode.Os })
        {
            await using var store = new SegmentLogStore(new SegmentStoreOptions { Directory = folder.Path, Flush = flush, JournalFileBytes = 64 << 10 });
            var log = SegmentFixture.Open(store);
            Assert.Equal(end, log.Bounds.EndOffset);
            await SegmentFixture.Fill(log, end += 10);
            using var killed = folder.Copy();
            await using var other = new SegmentLogStore(new SegmentStoreOptions { Directory = killed.Path, Flush = flush == FlushMode.Disk ? FlushMode.Os : FlushMode.Disk, JournalFileBytes = 64 << 10 });
            Assert.Equal(end, SegmentFixture.Open(other).Bounds.EndOffset);
        }
    }
}
