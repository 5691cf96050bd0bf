using System.Reflection;
using Microsoft.Extensions.Logging;
using Semel.Peers;

namespace Semel.Architecture.Tests;

/// <summary>Every line of a log is source-generated and has an id of its own, by which it can be found, counted and silenced, whatever its words become.</summary>
public class EventIdTests
{
    static IEnumerable<(int Id, string Name)> Lines() =>
        from folder in Directory.GetDirectories(Path.Combine(Repository.Root, "src"))
        let name = Path.GetFileName(folder)
        let file = Path.Combine(AppContext.BaseDirectory, name == "Cli" ? "semel.dll" : $"Semel.{name}.dll")
        where File.Exists(file) && name != "Analyzers" // Of the compiler, whose types are not here.
        from type in Assembly.LoadFrom(file).GetTypes()
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        from line in method.GetCustomAttributes<LoggerMessageAttribute>()
        select (line.EventId, $"{type.FullName}.{method.Name}");

    [Fact]
    public void No_two_lines_have_one_id()
    {
        var lines = Lines().ToList();
        Assert.True(lines.Count > 80, $"only {lines.Count} lines were found");
        Assert.Empty(lines.GroupBy(static line => line.Id).Where(static same => same.Count() > 1).Select(static same => $"{same.Key}: {string.Join(", ", same.Select(static line => line.Name))}"));
    }

    [Fact]
    public void Nothing_is_logged_by_hand()
    {
        string[] calls = [".LogTrace(", ".LogDebug(", ".LogInformation(", ".LogWarning(", ".LogError(", ".LogCritical("];
        var found = from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
                    where !file.Split(Path.DirectorySeparatorChar).Contains("obj")
                    from line in File.ReadLines(file)
                    where calls.Any(call => line.Contains(call, StringComparison.Ordinal))
                    select $"{Path.GetRelativePath(Repository.Root, file)}: {line.Trim()}";
        Assert.Empty(found);
    }
}
