using Semel.Cli.Arguments;

namespace Semel.Cli.Output;

/// <summary>How a command is asked for JSON.</summary>
public static class OutputOptions
{
    static readonly string[] Formats = ["text", "json"];

    public static readonly Option Json = new("--json", null, "print JSON: one object or list, or one object per line for streams") { Aliases = ["-J"] };
    public static readonly Option<string> Output = new("--output", "text|json", "the same as --json, or text", OptionType.OneOf(Formats)) { Default = "text", Choices = Formats };

    public static readonly IReadOnlyList<Option> All = [Json, Output];

    public static bool WantsJson(this ParsedArguments arguments) => arguments.Has(Json) || arguments.Value(Output, "text") == "json";
}
