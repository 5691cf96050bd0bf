using Semel.Cli.Groups;
using Semel.Cli.Output;
using Semel.Protocol;

namespace Semel.Cli.Tests.Groups;

public sealed class OffsetFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("semel-offsets-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    IReadOnlyDictionary<TopicPartition, long> Read(string text)
    {
        File.WriteAllText(Path.Combine(_folder, "offsets.csv"), text);
        using var output = new MemoryStream();
        var terminal = new Terminal { Input = Stream.Null, Output = new OutputText(output), Error = TextWriter.Null, WorkingDirectory = _folder, Environment = new Dictionary<string, string>() };
        return OffsetFile.Read(terminal, "offsets.csv", "g", CancellationToken.None);
    }

    [Fact]
    public void Lines_with_and_without_the_group_are_read()
    {
        var offsets = Read("orders,0,10\r\n\"g\",\"orders\",1,20\n\n other , 2 , 30 \n");
        Assert.Equal((10L, 20L, 30L), (offsets[new("orders", 0)], offsets[new("orders", 1)], offsets[new("other", 2)]));
    }

    [Fact]
    public void What_is_exported_is_read_again() => Assert.Equal(7, Read(OffsetFile.Line(new("orders", 3), 7))[new("orders", 3)]);

    [Theory]
    [InlineData("orders,0", "line 1")]
    [InlineData("orders,0,1\norders,x,1", "line 2")]
    [InlineData("orders,0,-1", "'orders,0,-1' is not topic,partition,offset")]
    [InlineData(",0,1", "is not topic,partition,offset")]
    [InlineData("h,orders,0,1", "it is of group 'h', not of 'g'")]
    [InlineData("\n\n", "has no offsets")]
    public void A_line_that_is_none_is_named(string text, string message)
    {
        var refusal = Assert.Throws<CommandException>(() => Read(text));
        Assert.Contains(message, refusal.Message);
        Assert.Equal(ExitCode.Usage, refusal.ExitCode);
    }
}
