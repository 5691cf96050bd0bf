using Semel.Log.Segments;
using Semel.Log.Segments.Device;
using Semel.Protocol;

namespace Semel.Log.Tests.Segments.Damaged;

/// <summary>How the last process on a folder ended.</summary>
enum Ending
{
    Stopped,
    StoppedWithoutForcing,
    Killed,
    PowerCut,
}

/// <summary>A data folder with several logs of many segments, and what was acknowledged of each.</summary>
sealed class SoundFolder : IDisposable
{
    static readonly string[] Names = ["catalog", "main-0", "main-1", "other.topic-0", new('n', 210)];

    readonly Random _random;

    SoundFolder(int seed, Ending ending) => (_random, Ending) = (new Random(seed), ending);

    public Ending Ending { get; }
    public TestFolder Folder { get; private set; } = null!;
    public Dictionary<string, LogTruth> Logs { get; } = [];

    public static SegmentStoreOptions OptionsOf(string folder, Ending ending) => new()
    {
        Directory = folder,
        Flush = ending == Ending.StoppedWithoutForcing ? FlushMode.Os : FlushMode.Disk,
        JournalFileBytes = 64 << 10,
        JournalFiles = 3,
        DirectForceBytes = 6000,
        Force = new NoForce(),
    };

    /// <param name="appends">How much is written to it.</param>
    public static async Task<SoundFolder> Make(int seed, Ending ending, int appends)
    {
        var made = new SoundFolder(seed, ending);
        using var folder = new TestFolder(inMemory: true);
        using var disk = ending == Ending.PowerCut ? new PowerCutDisk(folder.Path) : null;
        var steps = 0;
        var options = OptionsOf(folder.Path, ending) with { Points = new CrashPoints(_ => Interlocked.Increment(ref steps)) };
        await using (var store = new SegmentLogStore(disk is null ? options : options with { Force = disk }))
        {
            await made.Fill(store, appends);
            if (ending == Ending.PowerCut) made.Folder = disk!.Cut(UnforcedBytes.Gone, made._random);
            else if (ending == Ending.Killed) made.Folder = AtRest(folder, () => Volatile.Read(ref steps));
        }
        made.Folder ??= folder.Copy();
        return made;
    }

    /// <summary>As a kill leaves it between two steps of the checkpoint: a copy of files that change meanwhile would be the picture of no moment.</summary>
    static TestFolder AtRest(TestFolder folder, Func<int> steps)
    {
        while (true)
        {
            var before = steps();
            if (folder.TryCopy() is not { } copy) continue;
            if (steps() == before) return copy;
            copy.Dispose();
        }
    }

    async Task Fill(SegmentLogStore store, int appends)
    {
        var open = new Dictionary<string, ILog>();
        foreach (var name in Names) Begin(store, open, name);
        var gone = store.Create("gone-0", new LogOptions { SegmentBytes = 4 << 10 });
        for (var step = 0; step < appends; step++)
        {
            var name = Names[_random.Next(Names.Length)];
            if (step < 6) await gone.AppendAsync([TestBatches.Of(step)], step);
            else if (step == 6) store.Delete("gone-0");
            else if (step == appends / 3)
            {
                store.Delete("main-1");
                Begin(store, open, "main-1");
            }
            await Step(open[name], Logs[name]);
        }
        // Of a large append, which is forced in its segment, the journal notes how far it went, and that note is forced with the next group.
        await Append(open["catalog"], Logs["catalog"], valueBytes: 5);
        // A log that nobody has open when the process ends.
        open["other.topic-0"].Dispose();
    }

    void Begin(SegmentLogStore store, Dictionary<string, ILog> open, string name)
    {
        var options = new LogOptions { Codecs = Semel.Codecs.CodecTable.All, SegmentBytes = 1 << _random.Next(10, 17), IndexIntervalBytes = _random.Next(3) == 0 ? 0 : _random.Next(100, 3000) };
        Logs[name] = new LogTruth(name, options);
        open[name] = store.Create(name, options);
    }

    async Task Step(ILog log, LogTruth truth)
    {
        switch (_random.Next(25))
        {
            case 0 when truth.End > 0:
                truth.Start = _random.NextInt64(truth.Start, Math.Min(truth.End, truth.Start + 8) + 1);
                await log.TrimStartAsync(truth.Start);
                break;
            case 1 or 2:
                log.SaveSnapshot(truth.End, truth.SnapshotOf(truth.End));
                break;
            case 3 or 4 when log.Parts().Count > 1:
                await Replace(log, truth);
                break;
            default:
                await Append(log, truth);
                break;
        }
    }

    /// <summary>As compaction does; the last batch of the range stays.</summary>
    async Task Replace(ILog log, LogTruth truth)
    {
        var parts = log.Parts();
        var first = _random.Next(parts.Count - 1);
        var (from, upTo) = (parts[first].BaseOffset, parts[_random.Next(first, parts.Count - 1)].NextOffset);
        var there = truth.Within(from, upTo).ToList();
        var gone = there.SkipLast(1).Where(_ => _random.Next(3) == 0).Select(batch => batch.Key).ToHashSet();
        using var replacement = log.BeginReplacement(from, upTo);
        foreach (var (offset, batch) in there)
            if (!gone.Contains(offset)) await replacement.AddAsync(batch);
        await replacement.CommitAsync();
        truth.Remove(from, upTo, gone.Contains);
    }

    async Task Append(ILog log, LogTruth truth, int? valueBytes = null)
    {
        var batches = new List<ReadOnlyMemory<byte>>();
        var begin = truth.End;
        for (var count = _random.Next(1, 4); count > 0; count--)
        {
            var (batch, timestamps) = Batch(truth.End, valueBytes);
            batches.Add(batch);
            truth.Add(batch, timestamps);
        }
        await log.AppendAsync(batches, begin);
    }

    /// <summary>No two are alike, of whatever log: what belongs elsewhere is never right by chance.</summary>
    (ReadOnlyMemory<byte> Batch, long[] Timestamps) Batch(long offset, int? wanted)
    {
        var timestamps = Enumerable.Range(0, _random.Next(1, 5)).Select(_ => TestBatches.FirstTimestamp + offset * 10 + _random.Next(60)).ToArray();
        var valueBytes = wanted ?? (_random.Next(25) == 0 ? 7000 : _random.Next(5, 700));
        return (TestBatches.WithTimestamps(offset, timestamps, valueBytes, _random.Next(3) == 0 ? (CompressionCodec)_random.Next(1, 5) : CompressionCodec.None), timestamps);
    }

    public void Dispose() => Folder?.Dispose();
}
