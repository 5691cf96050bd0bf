using System.Reflection;
using Semel.Cli.Arguments;
using Semel.Cli.Output;

namespace Semel.Cli.Commands;

public sealed class VersionCommand : Command
{
    public override Syntax Syntax { get; } = new("version", "print the version (also --version)") { Options = OutputOptions.All };

    /// <summary>With what grows from commit to commit, as the packages have it; without the commit's own hash.</summary>
    public static string Text { get; } = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public override Task<ExitCode> RunAsync(ParsedArguments arguments, Terminal terminal, CancellationToken stop)
    {
        if (!arguments.WantsJson()) terminal.Output.WriteLine($"semel {Text}");
        else terminal.Output.WriteJson(json =>
        {
            json.WriteStartObject();
            json.WriteString("version", Text);
            json.WriteEndObject();
        });
        return Task.FromResult(ExitCode.Success);
    }
}
