using Semel.Cli.Arguments;
using Semel.Protocol;

namespace Semel.Cli.Produce;

/// <summary>The properties by which Kafka's console producer is told how lines are taken apart.</summary>
public sealed record ReaderProperty
{
    public static readonly IReadOnlyList<string> Names =
        ["parse.key", "key.separator", "parse.headers", "headers.delimiter", "headers.separator", "headers.key.separator", "null.marker", "ignore.error"];

    bool ParseKey { get; init; }
    byte[] KeySeparator { get; init; } = "\t"u8.ToArray();
    bool IgnoreError { get; init; }
    LineFormat Base { get; init; } = new();

    /// <summary>What all properties together mean. A line without a key is refused, as there, unless ignore.error is set.</summary>
    public LineFormat Format => ParseKey ? Base with { KeySeparator = KeySeparator, KeyIsRequired = !IgnoreError } : Base;

    /// <exception cref="CommandException">An unknown property, or a value it does not take.</exception>
    public ReaderProperty With(string name, string value) => name switch
    {
        "parse.key" => this with { ParseKey = Flag(name, value) },
        "key.separator" => this with { KeySeparator = Bytes(name, value) },
        "ignore.error" => this with { IgnoreError = Flag(name, value) },
        "parse.headers" => this with { Base = Base with { ParseHeaders = Flag(name, value) } },
        "headers.delimiter" => this with { Base = Base with { HeadersDelimiter = Bytes(name, value) } },
        "headers.separator" => this with { Base = Base with { HeadersSeparator = Bytes(name, value) } },
        "headers.key.separator" => this with { Base = Base with { HeaderKeySeparator = Bytes(name, value) } },
        "null.marker" => this with { Base = Base with { NullMarker = Bytes(name, value) } },
        _ => throw CommandException.Usage($"the property {name} is not known.", NearestName.Question(name, Names) ?? $"Known are: {string.Join(", ", Names)}."),
    };

    static byte[] Bytes(string name, string value) => EscapedText.Bytes(value, name) is { Length: > 0 } bytes ? bytes : throw CommandException.Usage($"the property {name} is empty.");

    static bool Flag(string name, string value) => value switch
    {
        "true" => true,
        "false" => false,
        _ => throw CommandException.Usage($"the property {name} is '{value}', but must be true or false."),
    };
}
