using Semel.Log.Segments;
using Semel.Log.Segments.Device;
using Semel.Log.Segments.Files;

namespace Semel.Log.Tests.Segments;

/// <summary>A data folder with one log, and what can be done to it while no store has it open.</summary>
/// <param name="folder">A new one when null.</param>
sealed class SegmentFixture(FlushMode flush = FlushMode.Disk, TestFolder? folder = null) : IDisposable
{
    public static readonly LogOptions LogOptions = new() { SegmentBytes = 8 << 10, IndexIntervalBytes = 256 };

    public TestFolder Folder { get; } = folder ?? new TestFolder(inMemory: true);
    public IForce Force { get; init; } = new NoForce();
    public int JournalFileBytes { get; init; } = 64 << 10;
    public Func<Action, string, bool>? TryStartThread { get; init; }
    public int DirectForceBytes { get; init; } = int.MaxValue;

    public SegmentStoreOptions Options => new()
    {
        Directory = Folder.Path,
        Flush = flush,
        JournalFileBytes = JournalFileBytes,
        JournalFiles = 2,
        DirectForceBytes = DirectForceBytes,
        Force = Force,
        TryStartThread = TryStartThread,
    };

    public SegmentLogStore OpenStore() => new(Options);

    public static ILog Open(ILogStore store, string name = "log") => store.OpenOrCreate(name, LogOptions);

    /// <summary>Appends one batch per append until the log ends at an offset.</summary>
    public static async Task<List<ReadOnlyMemory<byte>>> Fill(ILog log, long endOffset, int valueBytes = 300)
    {
        var batches = new List<ReadOnlyMemory<byte>>();
        while (log.Bounds.EndOffset < endOffset)
        {
            var end = log.Bounds.EndOffset;
            batches.Add(TestBatches.Of(end, 1, valueBytes, TestBatches.FirstTimestamp + end * 10));
            await log.AppendAsync([batches[^1]], end);
        }
        return batches;
    }

    /// <summary>The folder as a kill leaves it after a log was filled to an offset.</summary>
    public static async Task<SegmentFixture> Killed(FlushMode flush, long endOffset, int valueBytes = 300)
    {
        using var running = new SegmentFixture(flush);
        await using var store = running.OpenStore();
        await Fill(Open(store), endOffset, valueBytes);
        return running.Crashed();
    }

    /// <summary>A copy of the folder as it is now.</summary>
    public SegmentFixture Crashed() => new(flush, Folder.Copy()) { Force = Force, JournalFileBytes = JournalFileBytes, DirectForceBytes = DirectForceBytes };

    public string LogFolder => Folder.Of("logs", "log");
    public string SegmentPath(long baseOffset, string suffix = SegmentName.LogSuffix) => Path.Combine(LogFolder, SegmentName.Of(baseOffset, suffix));
    public string[] SegmentPaths => [.. Directory.GetFiles(LogFolder, "*" + SegmentName.LogSuffix).Order(StringComparer.Ordinal)];
    public string LastSegment => SegmentPaths[^1];
    public string[] JournalPaths => [.. Directory.GetFiles(Folder.Of("journal")).Order(StringComparer.Ordinal)];

    public static void Change(string path, Func<byte[], byte[]> change) => File.WriteAllBytes(path, change(File.ReadAllBytes(path)));

    public static void FlipBit(string path, long position) => Change(path, bytes =>
    {
        bytes[position] ^= 0x10;
        return bytes;
    });

    /// <summary>The journal is gone, as if it had been on another disk.</summary>
    public void EmptyJournal()
    {
        foreach (var path in JournalPaths) File.WriteAllBytes(path, new byte[new FileInfo(path).Length]);
    }

    public void Dispose() => Folder.Dispose();
}
