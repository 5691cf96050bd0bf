using Semel.Cli.Arguments;

namespace Semel.Cli.Tests.Arguments;

public sealed class PropertiesTextTests
{
    static string Read(string text) => string.Join('|', PropertiesText.Read("f", text).Select(row => $"{row.Line}:{row.Name}={row.Value}"));

    [Theory]
    [InlineData("linger.ms: 5", "1:linger.ms=5")]
    [InlineData("linger.ms:5", "1:linger.ms=5")]
    [InlineData("linger.ms 5", "1:linger.ms=5")]
    [InlineData("  linger.ms\t=\t5  ", "1:linger.ms=5")]
    [InlineData("bootstrap.servers=a:1,b:2", "1:bootstrap.servers=a:1,b:2")]
    [InlineData("client.id=", "1:client.id=")]
    [InlineData("# one\n! two\n\na=1\r\nb=2", "4:a=1|5:b=2")]
    [InlineData("a=1,\\\n    2\nb=3", "1:a=1,2|3:b=3")]
    [InlineData("a=C:\\\\data\\\\\nb=1", "1:a=C:\\data\\|2:b=1")]
    [InlineData("a\\:b=\\u0041\\t", "1:a:b=A\t")]
    public void Lines_are_read_as_java_reads_them(string text, string expected) => Assert.Equal(expected, Read(text));

    [Theory]
    [InlineData("a=1\nlog.dirs", "f, line 2: 'log.dirs' does not have the form")]
    [InlineData("=5", "f, line 1: '=5' does not have the form")]
    [InlineData("a=\\u12", "f, line 1: '\\u' must be followed by four hex digits")]
    public void What_cannot_be_read_is_refused_with_its_place(string text, string message) => Assert.Contains(message, Assert.Throws<CommandException>(() => Read(text)).Message);

    [Fact]
    public async Task A_clients_file_as_people_have_them_tells_at_once_what_is_wrong_with_it()
    {
        using var folder = new Semel.Cli.Demo.TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "client.properties"), "linger.ms: 5\ndotnet.producer.enable.background.poll: true\nno.such.thing: 1\nacks: some\nother.thing: 2\n");
        var result = await RunResult.OfAsync(["produce", "-t", "x", "-F", "client.properties", "-b", "127.0.0.1:1"], "", null, folder.Path, CancellationToken.None);
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        foreach (var name in (string[])["no.such.thing", "acks", "other.thing", "dotnet.producer.enable.background.poll"]) Assert.Contains(name, result.Error);
    }

    [Fact]
    public async Task What_a_file_has_and_a_command_does_not_use_is_told_in_one_line()
    {
        using var folder = new Semel.Cli.Demo.TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "client.properties"), "linger.ms: 5\ndotnet.producer.enable.background.poll: true\n");
        var result = await RunResult.OfAsync(["produce", "-t", "x", "-F", "client.properties", "-X", "log_level=3", "-b", "127.0.0.1:1"], "", null, folder.Path, CancellationToken.None);
        Assert.Equal(ExitCode.CannotConnect, result.ExitCode);
        Assert.Contains("dotnet.producer.enable.background.poll, log_level: mean nothing to 'semel produce' and are not used.", result.Error);
    }
}
