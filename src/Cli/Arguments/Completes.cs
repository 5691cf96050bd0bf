namespace Semel.Cli.Arguments;

/// <summary>What a shell offers where a value stands, beside the words that are always the same.</summary>
public enum Completes
{
    Nothing,
    File,
    Folder,
    /// <summary>The topics that the broker has, when it answers soon.</summary>
    Topic,
    /// <summary>Its consumer groups.</summary>
    Group,
    /// <summary>A command of this program.</summary>
    Command,
}
