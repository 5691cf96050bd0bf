namespace Semel.Log.Tests.Segments;

/// <summary>What this user may not read is not called damaged or missing, and nobody is advised to remove it.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class RightsTests
{
    static async Task<SegmentFixture> Stopped()
    {
        var folder = new SegmentFixture();
        await using var store = folder.OpenStore();
        foreach (var name in new[] { "log", "other" }) await SegmentFixture.Fill(SegmentFixture.Open(store, name), 40);
        return folder;
    }

    static void AssertIsAboutRights(Exception refusal, string path)
    {
        Assert.IsType<Semel.Log.Segments.LogStoreException>(refusal);
        Assert.Contains(path, refusal.Message);
        Assert.Contains("this user", refusal.Message);
        Assert.DoesNotContain("remove", refusal.Message);
        Assert.DoesNotContain("damaged", refusal.Message);
    }

    [UnprivilegedFact]
    public async Task A_file_of_a_log_that_may_not_be_read_is_told_as_such_and_the_log_is_there_when_it_may()
    {
        using var folder = await Stopped();
        foreach (var path in new[] { Path.Combine(folder.LogFolder, "log.descriptor"), folder.LastSegment })
        {
            OrdinaryUser.OpenToAll(folder.Folder.Path);
            File.SetUnixFileMode(path, UnixFileMode.None);
            Semel.Log.Segments.SegmentLogStore? store = null;
            OrdinaryUser.Does(() =>
            {
                store = folder.OpenStore();
                AssertIsAboutRights(Assert.ThrowsAny<IOException>(() => SegmentFixture.Open(store)), folder.LogFolder);
                SegmentFixture.Open(store, "other").Dispose();
            });
            OrdinaryUser.OpenToAll(folder.Folder.Path);
            OrdinaryUser.Does(() =>
            {
                using var log = SegmentFixture.Open(store!);
                Assert.Equal(40, LogContent.Read(log).Batches.Count);
            });
            await store!.DisposeAsync();
        }
    }

    [UnprivilegedFact]
    public async Task Recovery_points_that_may_not_be_read_are_told_as_such()
    {
        using var folder = await Stopped();
        var path = folder.Folder.Of("recovery.points");
        OrdinaryUser.OpenToAll(folder.Folder.Path);
        File.SetUnixFileMode(path, UnixFileMode.None);
        OrdinaryUser.Does(() => AssertIsAboutRights(Assert.ThrowsAny<IOException>(() => folder.OpenStore()), path));
    }
}
