using System.Text;
using Semel.Cli.Output;

namespace Semel.Cli.Tests.Output;

public sealed class OutputTextTests
{
    [Fact]
    public void Text_and_bytes_keep_their_order_across_many_buffers()
    {
        using var stream = new MemoryStream();
        var expected = new StringBuilder();
        using (var output = new OutputText(stream))
        {
            for (var i = 0; i < 5000; i++)
            {
                output.Write($"line {i} ");
                output.Write("ä😀\n"u8);
                expected.Append($"line {i} ä😀\n");
            }
            var large = string.Concat(Enumerable.Repeat("😀", 100_000));
            output.Write(large);
            output.Write(Encoding.UTF8.GetBytes(large));
            expected.Append(large).Append(large);
        }
        Assert.Equal(expected.ToString(), Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void A_reader_that_has_gone_is_told_apart_from_other_failures()
    {
        using var stream = new FailingStream(OperatingSystem.IsWindows() ? 109 : 32);
        var output = new OutputText(stream);
        output.Write("x");
        Assert.Throws<OutputClosedException>(output.Flush);
    }

    [Fact]
    public void A_full_device_is_a_failure_and_no_reader_that_has_gone()
    {
        using var stream = new FailingStream(OperatingSystem.IsWindows() ? 112 : 28);
        var output = new OutputText(stream);
        output.Write("x");
        Assert.Equal(ExitCode.Failed, Assert.Throws<CommandException>(output.Flush).ExitCode);
    }

    sealed class FailingStream(int error) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("failed", OperatingSystem.IsWindows() ? error | unchecked((int)0x80070000) : error);
    }

    [Fact]
    public void A_table_aligns_numbers_to_the_right_and_text_to_the_left()
    {
        using var stream = new MemoryStream();
        using (var output = new OutputText(stream))
        {
            var table = new TextTable("topic", "records");
            table.Add("a", "5");
            table.Add("longer", "1,234");
            table.WriteTo(output);
        }
        Assert.Equal("topic   records\na             5\nlonger    1,234\n", Encoding.UTF8.GetString(stream.ToArray()));
    }
}
