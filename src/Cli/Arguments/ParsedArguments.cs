namespace Semel.Cli.Arguments;

/// <summary>The options and operands of one command line. Values have been checked by their declaration, and are read with it.</summary>
public sealed class ParsedArguments(Syntax syntax)
{
    readonly Dictionary<Option, List<string>> _values = [];

    public Syntax Syntax { get; } = syntax;

    /// <summary>The command was called by kcat's letter (`semel -C`): where the two tools have different defaults, kcat's hold.</summary>
    public bool ByLetter { get; init; }

    public List<string> Operands { get; } = [];

    public bool Has(Option option) => _values.ContainsKey(option);

    /// <summary>The value as it was written; null when the option is absent.</summary>
    public string? Text(Option option) => _values.TryGetValue(option, out var values) ? values[^1] : null;

    /// <summary>All values of an option that repeats, in the order given.</summary>
    public IReadOnlyList<string> All(Option option) => _values.TryGetValue(option, out var values) ? values : [];

    /// <summary>The value; <paramref name="otherwise"/> when the option is absent, or has none because it need not.</summary>
    public T Value<T>(Option<T> option, T otherwise) => Text(option) is { } text && !(option.ValueIsOptional && text.Length == 0) ? option.Type(option.Name, text) : otherwise;

    /// <summary>The value; null when the option is absent.</summary>
    public T? Find<T>(Option<T> option) where T : struct => Text(option) is { } text ? option.Type(option.Name, text) : null;

    /// <summary>All values of an option that repeats, in the order given.</summary>
    public IEnumerable<T> Values<T>(Option<T> option) => All(option).Select(text => option.Type(option.Name, text));

    internal void Add(Option option, string spelling, string? value)
    {
        if (option.Refusal is { } refusal) throw CommandException.Usage($"{spelling}: {refusal}");
        if (!_values.TryGetValue(option, out var values)) _values[option] = values = [];
        if (values.Count > 0 && !option.Repeats && values[^1] != (value ?? ""))
            throw CommandException.Usage($"{option.Name} is given twice, as '{values[^1]}' and as '{value}'.", "Give it once.");
        if (value is not null && !(option.ValueIsOptional && value.Length == 0)) option.Check(value);
        values.Add(value ?? "");
    }
}
