using System.Text.RegularExpressions;
using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>What the README shows is run as it stands there.</summary>
public partial class ReadmeTests
{
    static string Block(string language, string marker)
    {
        var match = Regex.Match(File.ReadAllText(Path.Combine(Repository.Root, "README.md")), $"{Regex.Escape(marker)}\n```{language}\n(.*?)\n```", RegexOptions.Singleline);
        Assert.True(match.Success, $"README.md has no block ```{language} after {marker}");
        return match.Groups[1].Value;
    }

    /// <summary>Runs a block from the root of the repository; what it makes in the temporary folder is removed.</summary>
    static string RunShell(string marker)
    {
        var temporary = Directory.CreateTempSubdirectory("semel-readme-").FullName;
        try
        {
            var ran = Ran.Program("bash", ["-euo", "pipefail", "-c", Block("sh", marker)], TimeSpan.FromMinutes(8), Repository.Root, environment: new Dictionary<string, string?> { ["TMPDIR"] = temporary });
            Assert.True(ran.ExitCode == 0, $"{ran.Output}\n{ran.Error}");
            return ran.Output;
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    [Fact]
    public void The_demo_shows_that_nothing_is_lost_or_doubled()
    {
        var output = RunShell("<!-- CI runs the demo as it stands -->");
        Assert.Contains("every one of the 10,000 lines is stored exactly once and in order", output);
    }

    [Fact]
    public void The_shell_commands_do_what_they_show()
    {
        var output = RunShell("<!-- CI runs this as it stands -->");
        Assert.Equal(3, OrderLines().Count(output));
        Assert.Contains("baseSequence: 0", output);
    }

    [Fact]
    public void What_is_installed_is_the_tool_and_the_packages()
    {
        var output = RunShell("<!-- CI installs as it stands -->");
        Assert.Contains("semel 0.1.0", output);
        foreach (var package in new[] { "Client", "Broker", "Testing" }) Assert.Contains($"Semel.{package}.0.1.0.nupkg", output);
    }

    [GeneratedRegex(@"(?m)^k[123]\s+(one|two|three)$")]
    private static partial Regex OrderLines();

    [Fact]
    public void The_program_compiles_and_does_what_it_shows()
    {
        var folder = Directory.CreateTempSubdirectory("semel-sample-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "Program.cs"), Block("csharp", "<!-- CI compiles and runs this as it stands -->"));
            File.WriteAllText(Path.Combine(folder, "Sample.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup>
                  <ItemGroup><Reference Include="{AppContext.BaseDirectory}Semel.*.dll" Exclude="{AppContext.BaseDirectory}Semel.*.Tests.dll" /></ItemGroup>
                  <ItemGroup><Reference Include="{AppContext.BaseDirectory}Microsoft.Extensions.*.dll" /></ItemGroup>
                </Project>
                """);
            var ran = Ran.Program("dotnet", ["run", "--project", folder], TimeSpan.FromMinutes(3), folder);
            Assert.True(ran.ExitCode == 0, $"{ran.Output}\n{ran.Error}");
            Assert.Contains("orders", ran.Output);
            Assert.Contains("Persisted", ran.Output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
