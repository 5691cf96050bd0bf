using Semel.Log.Segments;

namespace Semel.Log.Tests.Segments;

/// <summary>Folders of logs that are gone, doubled, or in the place of others: told, never made anew, and the way back loses nothing.</summary>
public sealed class MissingLogTests
{
    static async Task<SegmentFixture> Made(bool isKilled, int records = 40)
    {
        var running = new SegmentFixture();
        SegmentFixture? killed = null;
        await using (var store = running.OpenStore())
        {
            foreach (var name in new[] { "log", "other" }) await SegmentFixture.Fill(SegmentFixture.Open(store, name), records);
            if (isKilled) killed = running.Crashed();
        }
        if (killed is null) return running;
        running.Dispose();
        return killed;
    }

    static void AssertNothingIsKept(SegmentFixture folder) =>
        Assert.True(!Directory.Exists(folder.Folder.Of("kept-aside")) || Directory.GetFiles(folder.Folder.Of("kept-aside")).Length == 0);

    static void AssertIsWhole(SegmentLogStore store, string name, int records = 40)
    {
        using var log = store.Open(name, SegmentFixture.LogOptions);
        var (read, holes) = LogContent.Read(log);
        Assert.Empty(holes);
        Assert.Equal(records, read.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_folder_that_is_gone_is_told_with_the_remedy_and_everything_is_there_when_it_comes_back(bool isKilled)
    {
        using var folder = await Made(isKilled);
        var aside = folder.Folder.Of("aside");
        Directory.Move(folder.LogFolder, aside);
        for (var turn = 0; turn < 2; turn++)
        {
            await using var store = folder.OpenStore();
            Assert.Contains("log", store.Names);
            foreach (var open in new Func<ILog>[] { () => store.Open("log", SegmentFixture.LogOptions), () => store.Create("log", SegmentFixture.LogOptions), () => SegmentFixture.Open(store) })
            {
                var missing = Assert.Throws<LogMissingException>(open);
                Assert.Contains(folder.LogFolder, missing.Message);
                Assert.Contains("Restore it", missing.Message);
            }
            Assert.False(Directory.Exists(folder.LogFolder));
            AssertIsWhole(store, "other", 40 + turn);
            // Writes go on, and the journal is used anew.
            await SegmentFixture.Fill(SegmentFixture.Open(store, "other"), 41 + turn);
        }
        Directory.Move(aside, folder.LogFolder);
        await using var again = folder.OpenStore();
        AssertIsWhole(again, "log");
        AssertNothingIsKept(folder);
    }

    /// <summary>What only the journal had when the power went belongs to the log, whenever its folder comes back.</summary>
    [LinuxTheory]
    [InlineData("folder is gone")]
    [InlineData("descriptor is gone")]
    [InlineData("descriptor is damaged")]
    [InlineData("segment is gone")]
    public async Task The_journal_s_bytes_of_a_log_that_is_not_whole_are_kept_until_it_is(string what)
    {
        // Few enough for the first file of the journal.
        const int InJournal = 5;
        using var running = new SegmentFixture();
        using var disk = new PowerCutDisk(running.Folder.Path);
        using var cut = new SegmentFixture(folder: await Filled());
        var (descriptor, segment) = (Path.Combine(cut.LogFolder, "log.descriptor"), cut.LastSegment);
        Assert.Equal(0, new FileInfo(segment).Length);
        Action restore;
        if (what == "folder is gone")
        {
            Directory.Move(cut.LogFolder, cut.Folder.Of("aside"));
            restore = () => Directory.Move(cut.Folder.Of("aside"), cut.LogFolder);
        }
        else
        {
            var path = what == "segment is gone" ? segment : descriptor;
            var content = File.ReadAllBytes(path);
            if (what == "descriptor is damaged") File.WriteAllBytes(path, new byte[content.Length]);
            else File.Delete(path);
            restore = () => File.WriteAllBytes(path, content);
        }
        for (var turn = 0; turn < 2; turn++)
        {
            await using var store = cut.OpenStore();
            AssertIsWhole(store, "other", InJournal + turn);
            var refusal = Assert.ThrowsAny<LogDamagedException>(() => SegmentFixture.Open(store));
            Assert.Contains(cut.Folder.Path, refusal.Message);
            Assert.Contains(store.Remarks, remark => remark.Contains("kept-aside", StringComparison.Ordinal) && remark.Contains("log", StringComparison.Ordinal));
            var other = SegmentFixture.Open(store, "other");
            await SegmentFixture.Fill(other, InJournal + 1 + turn);
            other.Dispose();
        }
        using (var deleted = cut.Crashed())
        {
            await using (var store = deleted.OpenStore()) store.Delete("log");
            AssertNothingIsKept(deleted);
            await using (var store = deleted.OpenStore()) Assert.Equal(["other"], store.Names);
        }
        restore();
        for (var turn = 0; turn < 2; turn++)
        {
            await using var store = cut.OpenStore();
            AssertIsWhole(store, "log", InJournal);
            AssertNothingIsKept(cut);
        }

        async Task<TestFolder> Filled()
        {
            await using var store = new SegmentLogStore(running.Options with { Force = disk });
            foreach (var name in new[] { "log", "other" })
            {
                var log = store.Create(name, new LogOptions());
                for (var offset = 0; offset < InJournal; offset++) await log.AppendAsync([TestBatches.Of(offset, 1, 300)], offset);
            }
            return disk.Cut(UnforcedBytes.Gone, new Random(1));
        }
    }

    [Fact]
    public async Task A_log_that_was_deleted_is_told_from_one_that_is_gone()
    {
        using var running = new SegmentFixture();
        SegmentFixture killed;
        await using (var store = running.OpenStore())
        {
            foreach (var name in new[] { "log", "other" }) await SegmentFixture.Fill(SegmentFixture.Open(store, name), 40);
            store.Delete("log");
            killed = running.Crashed();
        }
        using (killed)
        {
            for (var turn = 0; turn < 2; turn++)
            {
                await using var store = killed.OpenStore();
                Assert.Equal(["other"], store.Names);
                Assert.Empty(store.Remarks);
                AssertNothingIsKept(killed);
                Assert.Throws<LogMissingException>(() => store.Open("log", SegmentFixture.LogOptions));
                AssertIsWhole(store, "other");
            }
            Assert.Empty(Directory.GetDirectories(killed.Folder.Of("logs"), "+deleted*"));
            await using (var store = killed.OpenStore()) Assert.Equal(0, store.Create("log", SegmentFixture.LogOptions).Bounds.EndOffset);
        }
        // The same after an orderly stop.
        Assert.Empty(Directory.GetDirectories(running.Folder.Of("logs"), "+deleted*"));
        running.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_missing_log_can_be_deleted_and_made_again(bool isKilled)
    {
        using var folder = await Made(isKilled);
        Directory.Delete(folder.LogFolder, recursive: true);
        await using (var store = folder.OpenStore())
        {
            store.Delete("log");
            Assert.DoesNotContain("log", store.Names);
            using var anew = store.Create("log", SegmentFixture.LogOptions);
            Assert.Equal(new LogBounds(0, 0), anew.Bounds);
        }
        await using (var store = folder.OpenStore()) Assert.Equal(0, store.Open("log", SegmentFixture.LogOptions).Bounds.EndOffset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_log_can_be_deleted(bool isKilled)
    {
        using var folder = await Made(isKilled);
        File.WriteAllBytes(Path.Combine(folder.LogFolder, "log.descriptor"), []);
        await using (var store = folder.OpenStore())
        {
            Assert.Throws<LogDamagedException>(() => store.Open("log", SegmentFixture.LogOptions));
            store.Delete("log");
            Assert.DoesNotContain("log", store.Names);
            AssertIsWhole(store, "other");
        }
        await using (var store = folder.OpenStore()) Assert.DoesNotContain("log", store.Names);
    }

    [Theory]
    [InlineData(false, ".bak")]
    [InlineData(true, ".bak")]
    [InlineData(true, "-copy")]
    public async Task A_copy_of_a_folder_is_no_log_and_is_told(bool isKilled, string suffix)
    {
        using var folder = await Made(isKilled);
        Copy(folder.LogFolder, folder.LogFolder + suffix);
        await using var store = folder.OpenStore();
        Assert.DoesNotContain("log" + suffix, store.Names);
        Assert.Contains(folder.LogFolder + suffix, Assert.Single(store.Remarks));
        AssertIsWhole(store, "log");
        AssertIsWhole(store, "other");
        Assert.True(Directory.Exists(folder.LogFolder + suffix));
    }

    [Fact]
    public async Task A_folder_with_another_name_is_named_as_the_one_that_is_missing()
    {
        using var folder = await Made(isKilled: true);
        Directory.Move(folder.LogFolder, folder.LogFolder + ".old");
        await using (var store = folder.OpenStore())
            Assert.Contains($"{folder.LogFolder}.old says that it is this log: rename it to log", Assert.Throws<LogMissingException>(() => SegmentFixture.Open(store)).Message);
        Directory.Move(folder.LogFolder + ".old", folder.LogFolder);
        await using (var store = folder.OpenStore()) AssertIsWhole(store, "log");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Folders_in_each_other_s_place_are_refused_by_both_names_and_deleting_one_does_not_delete_the_other(bool isKilled)
    {
        using var folder = await Made(isKilled);
        var (one, other, aside) = (folder.LogFolder, folder.Folder.Of("logs", "other"), folder.Folder.Of("aside"));
        Directory.Move(one, aside);
        Directory.Move(other, one);
        Directory.Move(aside, other);
        await using (var store = folder.OpenStore())
        {
            foreach (var name in new[] { "log", "other" })
            {
                var refusal = Assert.Throws<LogDamagedException>(() => store.Open(name, SegmentFixture.LogOptions)).Message;
                Assert.Contains(folder.Folder.Of("logs", name), refusal);
                Assert.Contains(name == "log" ? "it is the log other" : "it is the log log", refusal);
            }
            store.Delete("other");
        }
        Assert.NotEmpty(Directory.GetDirectories(folder.Folder.Of("logs"), "+moved*"));
        Directory.Move(Directory.GetDirectories(folder.Folder.Of("logs"), "+moved*")[0], aside);
        await using (var store = folder.OpenStore()) store.Delete("log");
        Directory.Delete(folder.Folder.Of("logs", "other"), recursive: true);
        Directory.Move(aside, folder.LogFolder);
        Assert.NotEmpty(Directory.GetFiles(folder.LogFolder, "*.log"));
    }

    [Fact]
    public async Task A_folder_of_an_earlier_log_of_the_name_is_refused()
    {
        using var folder = new SegmentFixture();
        using var earlier = new TestFolder(inMemory: true);
        await using (var store = folder.OpenStore())
        {
            await SegmentFixture.Fill(SegmentFixture.Open(store), 10);
            await SegmentFixture.Fill(SegmentFixture.Open(store, "other"), 40);
            Copy(folder.LogFolder, earlier.Of("log"));
            store.Delete("log");
            await SegmentFixture.Fill(SegmentFixture.Open(store), 20);
        }
        Directory.Delete(folder.LogFolder, recursive: true);
        Copy(earlier.Of("log"), folder.LogFolder);
        await using (var store = folder.OpenStore())
        {
            Assert.Contains(folder.LogFolder, Assert.Throws<LogDamagedException>(() => SegmentFixture.Open(store)).Message);
            AssertIsWhole(store, "other");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_folder_that_lost_all_its_logs_is_refused_with_file_and_remedy(bool isKilled)
    {
        using var folder = await Made(isKilled);
        Directory.Delete(folder.Folder.Of("logs"), recursive: true);
        var refusal = Assert.Throws<LogStoreException>(() => folder.OpenStore()).Message;
        Assert.Contains(folder.Folder.Of("logs"), refusal);
        Assert.Contains(folder.Folder.Of("recovery.points"), refusal);
        Assert.Contains("Restore", refusal);
    }

    [Fact]
    public async Task Recovery_points_of_another_folder_are_not_used()
    {
        using var folder = await Made(isKilled: true);
        using var foreign = await Made(isKilled: false);
        File.Copy(foreign.Folder.Of("recovery.points"), folder.Folder.Of("recovery.points"), overwrite: true);
        await using var store = folder.OpenStore();
        Assert.Contains("recovery.points", Assert.Single(store.Remarks));
        AssertIsWhole(store, "log");
        AssertIsWhole(store, "other");
    }

    [Fact]
    public async Task Recovery_points_of_the_first_version_are_read()
    {
        using var folder = await Made(isKilled: false);
        var path = folder.Folder.Of("recovery.points");
        File.WriteAllBytes(path, FirstVersion.Of(File.ReadAllBytes(path)));
        await using (var store = folder.OpenStore())
        {
            using var log = SegmentFixture.Open(store);
            Assert.True(log.Recovery.WasClean);
            Assert.Equal(0, log.Recovery.ScannedBytes);
            AssertIsWhole(store, "other");
        }
        // Now the names are in it.
        Directory.Delete(folder.LogFolder, recursive: true);
        await using (var store = folder.OpenStore()) Assert.Throws<LogMissingException>(() => SegmentFixture.Open(store));
    }

    /// <summary>The first version knew nothing of a log made since they were saved, as little as of one that was deleted: the folder tells them apart.</summary>
    [Fact]
    public async Task With_recovery_points_of_the_first_version_the_journal_reaches_a_log_made_later_and_nothing_is_kept_of_one_that_was_deleted()
    {
        using var running = new SegmentFixture();
        SegmentFixture killed;
        await using (var store = running.OpenStore())
        {
            foreach (var name in new[] { "other", "gone", "log" }) await SegmentFixture.Fill(SegmentFixture.Open(store, name), 4);
            store.Delete("gone");
            killed = running.Crashed();
        }
        using (killed)
        {
            var path = killed.Folder.Of("recovery.points");
            File.WriteAllBytes(path, FirstVersion.Of(File.ReadAllBytes(path)));
            foreach (var tombstone in Directory.GetDirectories(killed.Folder.Of("logs"), "+deleted*")) Directory.Delete(tombstone);
            SegmentFixture.Change(killed.LastSegment, _ => []);
            await using var store = killed.OpenStore();
            Assert.Empty(store.Remarks);
            AssertNothingIsKept(killed);
            AssertIsWhole(store, "log", 4);
            AssertIsWhole(store, "other", 4);
        }
    }

    static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
