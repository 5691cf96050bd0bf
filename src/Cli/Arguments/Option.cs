namespace Semel.Cli.Arguments;

/// <summary>
/// One option of a command line, declared once: the parser, the help text and the code that reads the value all use this object. One that is declared as it
/// stands here
/// takes any text: a name, a path, what another table checks. Of everything else the type is declared, too: <see cref="Option{T}"/>.
/// </summary>
/// <param name="Name">The spelling that help shows first, with its dashes.</param>
/// <param name="Value">What help calls the value; null for a switch, which has none.</param>
/// <param name="Help">One sentence without a full stop.</param>
public record Option(string Name, string? Value, string Help)
{
    /// <summary>Other spellings, such as those of Kafka's own tools and of kcat.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>May be given more than once; otherwise giving it twice with different values is refused.</summary>
    public bool Repeats { get; init; }

    public bool Required { get; init; }

    /// <summary>The value may be left out: what follows begins with a dash, or nothing follows. Then it is empty.</summary>
    public bool ValueIsOptional { get; init; }

    /// <summary>What holds when the option is absent, for the help text only.</summary>
    public string? Default { get; init; }

    /// <summary>The words that the value may be, or those of a list with commas; none when it may be others as well.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Of which kind the value is, for shells that complete it.</summary>
    public Completes Completes { get; init; }

    /// <summary>Not shown in help: for use between our own processes.</summary>
    public bool Hidden { get; init; }

    /// <summary>
    /// Set for options that users know from other tools and that mean something this program does not do: giving one is refused with this sentence,
    /// which is kinder than "unknown option".
    /// </summary>
    public string? Refusal { get; init; }

    public bool TakesValue => Value is not null;

    public IEnumerable<string> Spellings => Aliases.Prepend(Name);

    public override string ToString() => Name;

    // Two options are the same only when they are the same declaration: names repeat across commands.
    public virtual bool Equals(Option? other) => ReferenceEquals(this, other);
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    /// <exception cref="CommandException">The option cannot have this value.</exception>
    public virtual void Check(string text)
    {
    }
}

/// <summary>An option whose value is of a type: a text that is no such value is refused when the command line is parsed, before anything is done.</summary>
/// <param name="Type">Reads the text.</param>
public sealed record Option<T>(string Name, string? Value, string Help, OptionType<T> Type) : Option(Name, Value, Help)
{
    public override void Check(string text) => Type(Name, text);
    public override string ToString() => Name;
}

/// <summary>What may stand on a command line without an option before it.</summary>
/// <param name="Name">What help calls it, in upper case.</param>
/// <param name="AtMost">How many there may be.</param>
public sealed record Operands(string Name, int AtLeast, int AtMost, string Help)
{
    public static readonly Operands None = new("", 0, 0, "");

    /// <summary>The words that the first may be; none when it may be others as well.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Of which kind they are, for shells that complete them.</summary>
    public Completes Completes { get; init; }
}
