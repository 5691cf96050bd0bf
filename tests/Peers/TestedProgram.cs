namespace Semel.Peers;

/// <summary>
/// The command that tests start as a process. The test command names the native one by SEMEL_TESTED_PROGRAM; without it this is the build beside the tests,
/// on .NET's runtime.
/// </summary>
public static class TestedProgram
{
    public const string Variable = "SEMEL_TESTED_PROGRAM";

    /// <summary>Null when it is the build beside the tests.</summary>
    public static string? Native { get; } = Surroundings.Variable(Variable) is { } named ? Path.GetFullPath(named) : null;

    public static (string File, string[] Arguments) Command(params string[] arguments) =>
        Native is { } program ? (program, arguments) : ("dotnet", [Path.Combine(AppContext.BaseDirectory, "semel.dll"), .. arguments]);
}
