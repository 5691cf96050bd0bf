namespace Semel.Guide.Tests;

/// <summary>The blocks of a page in one language, and what the page says they print.</summary>
/// <param name="Run">The C# program, compiled with this project; null for a script.</param>
/// <param name="Script">For a shell; null for a program.</param>
internal sealed record GuideProgram(string Name, Func<Task>? Run, string? Script, string Expected)
{
    public override string ToString() => Name;
}
