using System.Buffers.Binary;
using Semel.Log.Memory;
using Semel.Log.Segments;

namespace Semel.Log.Tests.Segments;

/// <summary>Indexes are hints: whatever lies in them, every read and every search answers as a log does that has none.</summary>
public sealed class IndexDamageTests
{
    const int OffsetEntry = 8, TimeEntry = 12;

    static readonly string[] Suffixes = [".index", ".timeindex"];

    static readonly Dictionary<string, Func<byte[], int, byte[]>> Wrongs = new()
    {
        ["emptied"] = (_, _) => [],
        ["zeros"] = (bytes, _) => new byte[bytes.Length],
        ["ones"] = (bytes, _) => Filled(bytes.Length, 0xFF),
        ["large"] = (bytes, _) => Filled(bytes.Length, 0x7F),
        ["random"] = (bytes, _) => Random(bytes.Length),
        ["cut within an entry"] = (bytes, _) => bytes[..Math.Max(0, bytes.Length - 5)],
        ["cut after an entry"] = (bytes, entry) => bytes[..(bytes.Length / entry / 2 * entry)],
        ["cut after the first entry"] = (bytes, entry) => bytes[..Math.Min(entry, bytes.Length)],
        ["too long"] = (bytes, _) => [.. bytes, .. Random(4096)],
        ["shifted"] = (bytes, _) => [0, .. bytes[..Math.Max(0, bytes.Length - 1)]],
        ["backwards"] = (bytes, entry) => [.. bytes.Chunk(entry).Reverse().SelectMany(part => part)],
        ["negative at the end of each entry"] = (bytes, entry) => EachEntry(bytes, entry, (at, count) => BinaryPrimitives.WriteInt32BigEndian(at[^4..], -1 - count)),
        ["beyond the end in each entry"] = (bytes, entry) => EachEntry(bytes, entry, (at, _) => BinaryPrimitives.WriteInt32BigEndian(at[^4..], int.MaxValue)),
        ["old in each entry"] = (bytes, entry) => EachEntry(bytes, entry, (at, count) => BinaryPrimitives.WriteInt32BigEndian(at, count)),
        ["the end of the next entry in each"] = (bytes, entry) => Ends(bytes, entry, 1),
        ["the end of the last entry in each"] = (bytes, entry) => Ends(bytes, entry, int.MaxValue),
    };

    delegate void EntryChange(Span<byte> entry, int count);

    static byte[] Filled(int length, byte value) => [.. Enumerable.Repeat(value, length)];

    static byte[] Random(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    static byte[] EachEntry(byte[] bytes, int entry, EntryChange change)
    {
        for (var at = 0; at + entry <= bytes.Length; at += entry) change(bytes.AsSpan(at, entry), at / entry);
        return bytes;
    }

    /// <summary>The place in each entry is that of a later one: a batch is really there, and it is the wrong one.</summary>
    static byte[] Ends(byte[] bytes, int entry, int later)
    {
        var count = bytes.Length / entry;
        for (var at = 0; at < count; at++)
        {
            var from = (int)Math.Min((long)at + later, count - 1);
            bytes.AsSpan((from + 1) * entry - 4, 4).CopyTo(bytes.AsSpan((at + 1) * entry - 4));
        }
        return bytes;
    }

    public static TheoryData<string, string> Damages()
    {
        var damages = new TheoryData<string, string>();
        foreach (var suffix in Suffixes)
        {
            damages.Add(suffix, "removed");
            foreach (var wrong in Wrongs.Keys) damages.Add(suffix, wrong);
        }
        return damages;
    }

    static void Damage(SegmentFixture folder, string suffix, string wrong)
    {
        foreach (var path in Directory.GetFiles(folder.LogFolder, "*" + suffix))
        {
            if (wrong == "removed") File.Delete(path);
            else SegmentFixture.Change(path, bytes => Wrongs[wrong](bytes, suffix == ".index" ? OffsetEntry : TimeEntry));
        }
    }

    /// <summary>Batches whose timestamps go up and down: the largest of a segment may be anywhere in it, and that of the log in the middle.</summary>
    static List<ReadOnlyMemory<byte>> Batches(long from, int count)
    {
        var (random, batches) = (new Random((int)from + 3), new List<ReadOnlyMemory<byte>>());
        for (var offset = from; batches.Count < count; offset = TestBatches.End(batches[^1]))
            batches.Add(TestBatches.WithTimestamps(offset, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.NextInt64(1_000, 2_000) - Math.Abs(offset - 100))], random.Next(20, 300)));
        return batches;
    }

    static async Task Append(ILog log, List<ReadOnlyMemory<byte>> batches)
    {
        foreach (var batch in batches) await log.AppendAsync([batch], log.Bounds.EndOffset);
    }

    static void AssertAnswersAs(ILog model, ILog log)
    {
        Assert.Equal(model.Bounds, log.Bounds);
        for (var offset = log.Bounds.EndOffset - 1; offset >= 0; offset -= 3)
        {
            using LogRead expected = model.Read(offset, long.MaxValue, 1), read = log.Read(offset, long.MaxValue, 1);
            Assert.True(expected.Bytes.Span.SequenceEqual(read.Bytes.Span), $"another batch than that of offset {offset}");
        }
        for (var timestamp = 700L; timestamp < 2_010; timestamp += 17)
        {
            foreach (var upTo in new[] { long.MaxValue, 120 }) Assert.Equal(model.FindOffset(timestamp, upTo), log.FindOffset(timestamp, upTo));
        }
        for (var upTo = log.Bounds.EndOffset; upTo > 0; upTo -= 7) Assert.Equal(model.FindMaxTimestamp(upTo), log.FindMaxTimestamp(upTo));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Answers_are_right_whatever_is_in_an_index(string suffix, string wrong)
    {
        using var folder = new SegmentFixture();
        // A log in memory has no indexes.
        await using var memory = new MemoryLogStore();
        var (model, batches) = (SegmentFixture.Open(memory), Batches(0, 100));
        await Append(model, batches);
        await using (var store = folder.OpenStore()) await Append(SegmentFixture.Open(store), batches);
        Assert.True(folder.SegmentPaths.Length > 2);
        Damage(folder, suffix, wrong);
        await using (var store = folder.OpenStore()) AssertAnswersAs(model, SegmentFixture.Open(store));
        Damage(folder, suffix, wrong);
        await using (var store = folder.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            var more = Batches(log.Bounds.EndOffset, 40);
            await Append(model, more);
            await Append(log, more);
            AssertAnswersAs(model, log);
            using var killed = folder.Crashed();
            Damage(killed, suffix, wrong);
            await using var again = killed.OpenStore();
            AssertAnswersAs(model, SegmentFixture.Open(again));
        }
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("emptied")]
    [InlineData("ones")]
    public async Task Answers_are_right_when_indexes_change_while_the_log_is_open(string wrong)
    {
        using var folder = new SegmentFixture();
        await using var memory = new MemoryLogStore();
        var (model, batches) = (SegmentFixture.Open(memory), Batches(0, 100));
        await Append(model, batches);
        await using (var store = folder.OpenStore()) await Append(SegmentFixture.Open(store), batches);
        await using (var store = folder.OpenStore())
        {
            var log = SegmentFixture.Open(store);
            // The files are open from here on, and what they held is known.
            Assert.Equal(model.FindOffset(1_500, long.MaxValue), log.FindOffset(1_500, long.MaxValue));
            foreach (var suffix in Suffixes) Damage(folder, suffix, wrong);
            AssertAnswersAs(model, log);
            var more = Batches(log.Bounds.EndOffset, 60);
            await Append(model, more);
            await Append(log, more);
            AssertAnswersAs(model, log);
        }
        await using (var store = folder.OpenStore()) AssertAnswersAs(model, SegmentFixture.Open(store));
    }
}
