using System.Text;
using System.Text.Json;
using Semel.Protocol;
using Semel.Protocol.Records;

namespace Semel.Cli.Tests.Dump;

public sealed class LogDumpTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("semel dump ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>One batch as the broker stores it.</summary>
    static byte[] Batch(long baseOffset, int sequence, CompressionCodec codec, params string?[] values)
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        foreach (var value in values) builder.TryAppend(1_700_000_000_000, "k"u8, value is null, value is null ? default : Encoding.UTF8.GetBytes(value), value is null, [new RecordHeader("h", "x"u8.ToArray())]);
        builder.Close(codec, null, Semel.Codecs.CodecTable.All);
        builder.Stamp(new ProducerId(4000), new ProducerEpoch(2), sequence, transactional: false);
        var bytes = builder.Bytes.ToArray();
        RecordBatchHeader.StampPlace(bytes, baseOffset, leaderEpoch: 0);
        return bytes;
    }

    string Write(params byte[][] parts)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "orders-0")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "00000000000000000000.log"), parts.SelectMany(part => part).ToArray());
        return folder;
    }

    static byte[][] ThreeBatches() => [Batch(0, 0, CompressionCodec.None, "a", "b"), Batch(2, 2, CompressionCodec.Gzip, "c"), Batch(3, 3, CompressionCodec.None, "d", null)];

    static async Task<List<JsonElement>> DumpAsync(ExitCode expected, params string[] arguments)
    {
        var result = await RunResult.OfAsync(["log", "dump", "--json", .. arguments]);
        Assert.Equal("", result.Error);
        Assert.Equal(expected, result.ExitCode);
        return [.. result.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
    }

    static IEnumerable<JsonElement> OfType(IEnumerable<JsonElement> lines, string type) => lines.Where(line => line.GetProperty("type").GetString() == type);

    [Fact]
    public async Task A_sound_segment_shows_each_batch_with_its_producer_and_sequence()
    {
        var result = await RunResult.OfAsync("log", "dump", Write(ThreeBatches()));
        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.Contains("baseOffset: 0 lastOffset: 1 count: 2 baseSequence: 0 lastSequence: 1 producerId: 4000 producerEpoch: 2", result.Lines[1]);
        Assert.Contains("baseOffset: 2 lastOffset: 2 count: 1 baseSequence: 2", result.Lines[2]);
        Assert.Contains("compresscodec: gzip", result.Lines[2]);
        Assert.All(result.Lines[1..4], line => Assert.EndsWith("isvalid: true", line));
        Assert.Matches(@"^1 file, 3 batches, 5 records, \d+ bytes, no damage$", result.Lines[4]);
    }

    [Fact]
    public async Task Records_are_printed_when_asked_for()
    {
        var folder = Write(ThreeBatches());
        var text = await RunResult.OfAsync("log", "dump", "--records", "--files", folder);
        Assert.Contains("| offset: 1 CreateTime: 1700000000000 keySize: 1 valueSize: 1 sequence: 1 headers: [h=x] key: k payload: b", text.Lines);
        Assert.Contains("| offset: 4 CreateTime: 1700000000000 keySize: -1 valueSize: -1 sequence: 4 headers: [h=x]", text.Lines);
        var records = OfType(await DumpAsync(ExitCode.Success, "--records", folder), "record").ToList();
        Assert.Equal(["a", "b", "c", "d", null], records.Select(record => record.GetProperty("value").GetString()));
        Assert.Equal([0, 1, 2, 3, 4], records.Select(record => record.GetProperty("sequence").GetInt32()));
    }

    /// <summary>Without being asked for: a control batch is there for nothing else.</summary>
    [Theory]
    [InlineData(true, "COMMIT")]
    [InlineData(false, "ABORT")]
    public async Task A_control_batch_is_told_in_words(bool commit, string word)
    {
        var marker = ControlRecord.EndTransactionMarker(commit, new ProducerId(7), new ProducerEpoch(1), coordinatorEpoch: 3, 1_700_000_000_000);
        var result = await RunResult.OfAsync("log", "dump", Write(marker));
        Assert.Equal(ExitCode.Success, result.ExitCode);
        Assert.Contains("isControl: true", result.Lines[1]);
        Assert.EndsWith($"endTxnMarker: {word} coordinatorEpoch: 3", result.Lines[2]);
        var record = Assert.Single(OfType(await DumpAsync(ExitCode.Success, Write(marker)), "record"));
        Assert.Equal((word, 3), (record.GetProperty("control").GetString(), record.GetProperty("coordinatorEpoch").GetInt32()));
    }

    [Fact]
    public async Task A_changed_byte_is_named_with_its_batch_and_the_batches_behind_it_are_still_shown()
    {
        var batches = ThreeBatches();
        batches[1][^1] ^= 1;
        var lines = await DumpAsync(ExitCode.Damaged, Write(batches));
        var damage = Assert.Single(OfType(lines, "damage"));
        Assert.Equal(batches[0].Length, damage.GetProperty("position").GetInt64());
        Assert.Contains("CRC", damage.GetProperty("reason").GetString());
        Assert.Equal([true, false, true], OfType(lines, "batch").Select(batch => batch.GetProperty("isValid").GetBoolean()));
    }

    [Fact]
    public async Task Bytes_that_are_no_batch_are_skipped_to_the_next_sound_one()
    {
        var batches = ThreeBatches();
        var lines = await DumpAsync(ExitCode.Damaged, Write(batches[0], new byte[777], batches[1], batches[2]));
        var damage = Assert.Single(OfType(lines, "damage"));
        Assert.Equal(batches[0].Length, damage.GetProperty("position").GetInt64());
        Assert.Equal(777, damage.GetProperty("size").GetInt64());
        Assert.Equal(3, OfType(lines, "batch").Count());
    }

    [Fact]
    public async Task A_damaged_length_does_not_hide_the_batches_behind_it()
    {
        var batches = ThreeBatches();
        batches[1][8] = 0x7F;
        var lines = await DumpAsync(ExitCode.Damaged, Write(batches));
        Assert.Contains("bytes by its header, but only", Assert.Single(OfType(lines, "damage")).GetProperty("reason").GetString());
        Assert.Equal([0, 3], OfType(lines, "batch").Select(batch => batch.GetProperty("baseOffset").GetInt64()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(70)]
    public async Task A_torn_tail_is_damage_at_its_first_byte(int tail)
    {
        var batches = ThreeBatches();
        var lines = await DumpAsync(ExitCode.Damaged, Write(batches[0], batches[1], batches[2][..tail]));
        var damage = Assert.Single(OfType(lines, "damage"));
        Assert.Equal(batches[0].Length + batches[1].Length, damage.GetProperty("position").GetInt64());
        Assert.Contains("only", damage.GetProperty("reason").GetString());
        Assert.Equal(tail, damage.GetProperty("size").GetInt64());
    }

    [Fact]
    public async Task A_gap_between_two_batches_is_damage()
    {
        var lines = await DumpAsync(ExitCode.Damaged, Write(Batch(0, 0, CompressionCodec.None, "a"), Batch(5, 1, CompressionCodec.None, "b")));
        Assert.Contains("base offset is 5 where 1 is due", Assert.Single(OfType(lines, "damage")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_missing_segment_is_damage_of_its_log()
    {
        var folder = Write(Batch(0, 0, CompressionCodec.None, "a"));
        File.WriteAllBytes(Path.Combine(folder, "00000000000000000007.log"), Batch(7, 7, CompressionCodec.None, "b"));
        Assert.Contains("the one before it ends at 1", Assert.Single(OfType(await DumpAsync(ExitCode.Damaged, folder), "damage")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Records_that_do_not_fit_their_batch_are_damage_though_the_crc_is_right()
    {
        var batch = Batch(0, 0, CompressionCodec.None, "a", "b");
        RecordBatchHeader.TryRead(batch, out var header);
        (header with { RecordCount = 3, LastOffsetDelta = 2 }).Write(batch);
        (header with { RecordCount = 3, LastOffsetDelta = 2, Crc = Crc32C.Compute(batch.AsSpan(RecordBatchHeader.CrcStart)) }).Write(batch);
        Assert.Contains("malformed", Assert.Single(OfType(await DumpAsync(ExitCode.Damaged, Write(batch)), "damage")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Quiet_prints_damage_and_the_summary_only()
    {
        var batches = ThreeBatches();
        batches[2][30] ^= 1;
        Assert.Equal(["batch", "damage", "summary"], (await DumpAsync(ExitCode.Damaged, "-q", Write(batches))).Select(line => line.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task An_empty_segment_is_sound() => Assert.Equal(0, Assert.Single(OfType(await DumpAsync(ExitCode.Success, Write()), "summary")).GetProperty("batches").GetInt64());

    [Fact]
    public async Task A_path_that_is_not_there_and_a_folder_without_segments_are_refused()
    {
        Assert.Equal(ExitCode.Usage, (await RunResult.OfAsync("log", "dump", Path.Combine(_folder, "nothing"))).ExitCode);
        Assert.Contains("no segment files", (await RunResult.OfAsync("log", "dump", _folder)).Error);
        Assert.Contains("needs PATH", (await RunResult.OfAsync("log", "dump")).Error);
    }
}
