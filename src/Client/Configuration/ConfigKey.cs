namespace Semel.Client.Configuration;

/// <summary>Which clients a key means something to.</summary>
[Flags]
internal enum ConfigRole
{
    Producer = 1,
    Consumer = 2,
    Admin = 4,
    All = Producer | Consumer | Admin,
}

/// <summary>How the text of a value is read.</summary>
internal enum ConfigKind
{
    Text,
    /// <summary>true or false.</summary>
    Flag,
    Integer,
    /// <summary>Milliseconds; a fraction is allowed.</summary>
    Duration,
    /// <summary>One of the key's choices, letter case ignored.</summary>
    Choice,
    /// <summary>Comma-separated, blanks around an element ignored.</summary>
    List,
}

/// <summary>Another name of a key, taken from librdkafka; its values count in units of <paramref name="Scale"/>.</summary>
internal readonly record struct ConfigAlias(string Name, int Scale = 1);

/// <summary>One row of the <see cref="ConfigTable"/>: everything there is to know about a key, in the key's own unit.</summary>
internal sealed record ConfigKey(string Name, ConfigKind Kind, ConfigRole Role, string? Default, string Doc)
{
    public IReadOnlyList<ConfigAlias> Aliases { get; init; } = [];
    public double Minimum { get; init; } = 0;
    public double Maximum { get; init; } = int.MaxValue;

    /// <summary>The accepted words; a word that is only another spelling stands as "spelling=word".</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Why this client cannot do what the key asks for; null when it can. Setting the key is refused with it.</summary>
    public string? Refusal { get; init; }

    /// <summary>Values of a refused key that ask for nothing but what happens anyway; letter case is ignored.</summary>
    public IReadOnlyList<string> Anyway { get; init; } = [];

    /// <summary>Why the key, set or not, changes nothing; null when it does. Told when it is set.</summary>
    public string? NoEffect { get; init; }

    /// <summary>A key that only other clients know; it has no property.</summary>
    public bool IsForeign { get; init; }

    /// <summary>Another key without which this one changes nothing; null when there is none. Told when only this one is set.</summary>
    public string? Needs { get; init; }

    public string AllowedChoices => string.Join(", ", Choices.Where(choice => !choice.Contains('=')));
}
