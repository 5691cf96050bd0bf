using System.Text;
using Semel.Cli.Produce;

namespace Semel.Cli.Tests.Produce;

public sealed class LineReaderTests
{
    /// <summary>A stream that hands out a few bytes at a time, as a pipe may.</summary>
    sealed class Trickle(byte[] bytes, int atOnce) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(atOnce, buffer.Length)], cancellationToken);
    }

    static async Task<List<byte[]>> ReadAsync(byte[] text, string? delimiter = "\n", int atOnce = int.MaxValue, int longest = 1 << 20)
    {
        var reader = new LineReader(new Trickle(text, atOnce), delimiter is null ? null : Encoding.UTF8.GetBytes(delimiter), longest, "Split it.");
        var lines = new List<byte[]>();
        while (await reader.ReadAsync() is { } line) lines.Add(line.ToArray());
        Assert.Equal(lines.Count, reader.LineCount);
        return lines;
    }

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("a", new[] { "a" })]
    [InlineData("a\n", new[] { "a" })]
    [InlineData("\n", new[] { "" })]
    [InlineData("a\n\nb", new[] { "a", "", "b" })]
    [InlineData("a\r\nb\n\n", new[] { "a\r", "b", "" })]
    public async Task Each_line_is_one_also_when_empty_or_unterminated(string text, string[] expected)
    {
        foreach (var atOnce in new[] { 1, 2, int.MaxValue })
            Assert.Equal(expected, (await ReadAsync(Encoding.UTF8.GetBytes(text), atOnce: atOnce)).Select(Encoding.UTF8.GetString));
    }

    /// <summary>What Apache Kafka's console producer made of the same bytes.</summary>
    [Theory]
    [InlineData("a\r\nb\rc\r\n\r\nd\ne\r", new[] { "a", "b", "c", "", "d", "e" })]
    [InlineData("", new string[0])]
    [InlineData("\r\n", new[] { "" })]
    [InlineData("\n\r", new[] { "", "" })]
    [InlineData("a\r\r\nb", new[] { "a", "", "b" })]
    [InlineData("a", new[] { "a" })]
    public async Task Without_a_delimiter_lines_end_as_the_console_producer_ends_them(string text, string[] expected)
    {
        foreach (var atOnce in new[] { 1, 2, 3, int.MaxValue })
            Assert.Equal(expected, (await ReadAsync(Encoding.UTF8.GetBytes(text), delimiter: null, atOnce)).Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public async Task A_line_that_ends_with_a_carriage_return_does_not_wait_for_what_follows()
    {
        var reader = new LineReader(new Trickle("a\rb"u8.ToArray(), 2), null, 100, "");
        Assert.Equal("a"u8.ToArray(), (await reader.ReadAsync())!.Value.ToArray());
    }

    [Fact]
    public async Task Bytes_that_are_no_text_pass_unchanged() => Assert.Equal([[0xFF, 0x00, 0xC3], [0x80]], await ReadAsync([0xFF, 0x00, 0xC3, 10, 0x80]));

    [Fact]
    public async Task A_delimiter_of_several_bytes_is_found_across_reads()
    {
        var lines = await ReadAsync("one--two-three----"u8.ToArray(), "--", atOnce: 1);
        Assert.Equal(["one", "two-three", ""], lines.Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public async Task A_line_larger_than_the_buffer_is_whole()
    {
        var line = Enumerable.Range(0, 300_000).Select(i => (byte)('a' + i % 26)).ToArray();
        var lines = await ReadAsync([.. line, 10, .. line], atOnce: 50_001);
        Assert.Equal(2, lines.Count);
        Assert.All(lines, read => Assert.Equal(line, read));
    }

    [Fact]
    public async Task A_line_longer_than_allowed_is_refused_by_its_number()
    {
        var refused = await Assert.ThrowsAsync<CommandException>(() => ReadAsync([.. "ok\n"u8, .. new byte[300_000]], longest: 100_000));
        Assert.Contains("line 2 is longer than 100000 bytes", refused.Message);
    }
}
