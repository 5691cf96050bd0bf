using System.Runtime.CompilerServices;

namespace Semel.Peers;

/// <summary>
/// Whoever runs the tests may have settings of their own broker, or its address, in the environment. They are for that one: every test assembly takes them out
/// of its own environment before anything else, so no test and no process that a test starts sees them.
/// </summary>
public static class Surroundings
{
    const string Prefix = "SEMEL_";

    /// <summary>Those that are meant for the tests.</summary>
    static readonly string[] ForTests = ["SEMEL_PEERS", "SEMEL_REQUIRE_PEERS", TestedProgram.Variable, "SEMEL_SIMULATION_SEED", "SEMEL_ACCEPT_API", "SEMEL_DAMAGED_COPIES", "SEMEL_DAMAGED_TABLE", "SEMEL_READ_FAULT_TABLE"];

    public static IEnumerable<string> Foreign(IEnumerable<string> variables) =>
        variables.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && !ForTests.Contains(name));

    [ModuleInitializer]
    internal static void Clean()
    {
        foreach (var name in Foreign(Environment.GetEnvironmentVariables().Keys.Cast<string>().ToList())) Environment.SetEnvironmentVariable(name, null);
    }
}
