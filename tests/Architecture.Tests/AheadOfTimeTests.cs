using System.Reflection;
using System.Text.Json;
using System.Xml.Linq;
using Semel.Peers;

namespace Semel.Architecture.Tests;

/// <summary>What is shipped can be compiled ahead of time, by packages whose version is this repository's own and not that of whoever builds.</summary>
public class AheadOfTimeTests
{
    /// <summary>It runs inside the compiler and is no part of a program.</summary>
    const string OfTheCompiler = "Semel.Analyzers";

    static IReadOnlyList<string> Projects { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file)!).Where(name => name != OfTheCompiler).Order()];

    public static TheoryData<string> Shipped => new(Projects);

    [Theory, MemberData(nameof(Shipped))]
    public void Each_assembly_says_that_it_can_be_compiled_ahead_of_time_and_trimmed(string project)
    {
        var assembly = Assembly.Load(project == "Semel.Cli" ? "semel" : project);
        var told = assembly.GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(row => row.Key, row => row.Value);
        Assert.Equal("True", told.GetValueOrDefault("IsTrimmable"));
        Assert.Equal("True", told.GetValueOrDefault("IsAotCompatible"));
    }

    [Fact]
    public void The_lock_files_know_the_analyzers_by_the_pinned_version_and_no_package_of_one_system()
    {
        var pinned = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("RuntimePacksVersion").Single().Value;
        var locked = 0;
        foreach (var file in Directory.EnumerateFiles(Repository.Root, "packages.lock.json", SearchOption.AllDirectories))
        {
            if (file.Split(Path.DirectorySeparatorChar).Intersect(["obj", "artifacts"]).Any()) continue;
            using var json = JsonDocument.Parse(File.ReadAllText(file));
            var target = Assert.Single(json.RootElement.GetProperty("dependencies").EnumerateObject());
            var framework = Path.GetFileName(Path.GetDirectoryName(file)) == OfTheCompiler["Semel.".Length..] ? ".NETStandard,Version=v2.0" : "net10.0";
            Assert.True(target.Name == framework, $"{file} has packages of the system {target.Name}");
            Assert.False(target.Value.TryGetProperty("Microsoft.DotNet.ILCompiler", out _), $"{file} has the native compiler, which belongs to one system");
            if (!target.Value.TryGetProperty("Microsoft.NET.ILLink.Tasks", out var analyzers)) continue;
            Assert.Equal(pinned, analyzers.GetProperty("resolved").GetString());
            locked++;
        }
        Assert.Equal(Projects.Count, locked);
    }
}
