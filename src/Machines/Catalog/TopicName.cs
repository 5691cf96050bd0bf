namespace Semel.Machines.Catalog;

/// <summary>Which names a topic may have: 1 to 249 of A-Z, a-z, 0-9, '.', '_' and '-', and neither "." nor "..".</summary>
public static class TopicName
{
    public const int MaxLength = 249;

    /// <summary>Why the name is refused; null when it is not.</summary>
    public static string? Refusal(string name)
    {
        if (name.Length == 0) return "a topic's name cannot be empty";
        if (name is "." or "..") return $"a topic cannot have the name '{name}'";
        if (name.Length > MaxLength) return $"a topic's name has at most {MaxLength} characters, this has {name.Length}";
        foreach (var character in name)
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-'))
                return $"a topic's name has only letters, digits, '.', '_' and '-', '{name}' has another";
        return null;
    }

    /// <summary>Two names with the same of these collide: metrics of Kafka's tools write '.' as '_'.</summary>
    public static string CollisionKey(string name) => name.Replace('.', '_');
}
