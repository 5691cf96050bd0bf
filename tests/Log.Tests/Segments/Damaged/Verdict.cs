using Semel.Log.Segments;

namespace Semel.Log.Tests.Segments.Damaged;

/// <summary>What a store made of a damaged folder. Everything else than these is a failure of the test.</summary>
enum Outcome
{
    /// <summary>Everything that was acknowledged is there.</summary>
    Equal,
    /// <summary>A log has holes that are told by file and offsets; the rest of it and all other logs are equal.</summary>
    Hole,
    /// <summary>A log is refused by file and reason; all other logs are equal.</summary>
    LogRefused,
    /// <summary>The whole store is refused by file and reason.</summary>
    AllRefused,
}

static class Verdict
{
    /// <summary>Opens the folder and reads everything in it.</summary>
    /// <param name="damaged">Logs that may be refused or have holes; all others must be equal. Null: any.</param>
    /// <param name="mayRefuseAll">Whether the whole store may be refused.</param>
    /// <param name="andAppend">Writes to every log in the end.</param>
    public static async Task<Outcome> Of(SegmentStoreOptions options, SoundFolder sound, Func<string, bool> damaged, Func<bool> mayRefuseAll, bool andAppend, Random random)
    {
        SegmentLogStore store;
        try
        {
            store = new SegmentLogStore(options);
        }
        catch (Exception refusal) when (refusal is LogDamagedException or LogStoreException)
        {
            Assert.True(mayRefuseAll(), $"the whole store was refused: {refusal.Message}");
            Assert.Contains(options.Directory, refusal.Message);
            return Outcome.AllRefused;
        }
        var outcome = Outcome.Equal;
        await using (store)
        {
            Assert.Equal(sound.Logs.Keys.Order(StringComparer.Ordinal), store.Names);
            foreach (var truth in sound.Logs.Values)
            {
                var one = await Of(store, truth, options.Directory, andAppend, random);
                Assert.True(one == Outcome.Equal || damaged(truth.Name), $"{truth.Name} is {one}, but nothing was done to it");
                if (one > outcome) outcome = one;
            }
        }
        return outcome;
    }

    static async Task<Outcome> Of(SegmentLogStore store, LogTruth truth, string folder, bool andAppend, Random random)
    {
        ILog log;
        try
        {
            log = store.Open(truth.Name, truth.Options);
        }
        catch (Exception refusal) when (refusal is LogDamagedException or LogStoreException)
        {
            Assert.Contains(folder, refusal.Message);
            // And never made anew.
            Assert.ThrowsAny<IOException>(() => store.Create(truth.Name, truth.Options));
            return Outcome.LogRefused;
        }
        var isEqual = truth.Check(log, random, folder);
        if (andAppend) isEqual &= await Append(log);
        return isEqual ? Outcome.Equal : Outcome.Hole;
    }

    /// <summary>A log that is open is written to as any other.</summary>
    /// <returns>False when the device lost it at once, which is told.</returns>
    static async Task<bool> Append(ILog log)
    {
        var end = log.Bounds.EndOffset;
        var batch = TestBatches.Of(end, 2, 50);
        await log.AppendAsync([batch], end);
        try
        {
            using var read = log.Read(end, long.MaxValue, 1000);
            Assert.Equal(batch.ToArray(), read.Bytes.ToArray());
            return true;
        }
        catch (LogHoleException hole)
        {
            Assert.InRange(end, hole.StartOffset, hole.EndOffset - 1);
            return false;
        }
    }
}
