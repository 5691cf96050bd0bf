namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>A regular expression that is refused, with the reason and what to write instead.</summary>
sealed class PatternException(string reason) : Exception(reason);
