using System.IO.Compression;
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
    /// <param name="look">Sees that folder before.</param>
    static string RunShell(string marker, Action<string>? look = null)
    {
        var temporary = Directory.CreateTempSubdirectory("semel-readme-").FullName;
        try
        {
            var ran = Ran.Program("bash", ["-euo", "pipefail", "-c", Block("sh", marker)], TimeSpan.FromMinutes(8), Repository.Root, environment: new Dictionary<string, string?> { ["TMPDIR"] = temporary });
            Assert.True(ran.ExitCode == 0, $"{ran.Output}\n{ran.Error}");
            look?.Invoke(temporary);
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
    public void The_demo_of_transactions_shows_that_each_input_has_one_result() =>
        Assert.Contains("inputs exactly once, as soon as its commit was answered", RunShell("<!-- CI plays transactions as it stands -->"));

    [Fact]
    public void The_shell_commands_do_what_they_show()
    {
        var output = RunShell("<!-- CI runs this as it stands -->");
        Assert.Equal(3, OrderLines().Count(output));
        Assert.Contains("baseSequence: 0", output);
    }

    [Fact]
    public void What_is_installed_is_the_command_the_tool_and_the_packages() => RunShell("<!-- CI installs as it stands -->", temporary =>
    {
        var installed = Assert.Single(Directory.EnumerateDirectories(temporary, "tmp.*"));
        var published = Directory.EnumerateFiles(Path.Combine(installed, "native")).Select(Path.GetFileName);
        if (TestedProgram.Native is not null) Assert.Equal(["semel"], published);
        string[] libraries = ["Broker", "Client", "Codecs", "Compat.Confluent", "Extensions.Hosting", "Faults", "Log", "Machines", "Protocol", "Testing"];
        var packages = Directory.EnumerateFiles(Path.Combine(installed, "packages")).Order(StringComparer.Ordinal).ToList();
        var version = Assert.Single(packages.Select(package => Version().Match(package).Value).Distinct());
        Assert.Equal(libraries.SelectMany(name => new[] { $"Semel.{name}{version}nupkg", $"Semel.{name}{version}snupkg" }).Append($"Semel.Cli{version}nupkg").Append($"Semel.Analyzers{version}nupkg").Order(StringComparer.Ordinal),
            packages.Select(Path.GetFileName));
        Assert.All(packages.Where(package => package.EndsWith(".nupkg", StringComparison.Ordinal)), ItCarriesWhatAPackageMustHave);
    });

    static void ItCarriesWhatAPackageMustHave(string path)
    {
        using var package = ZipFile.OpenRead(path);
        using var reader = new StreamReader(package.Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open());
        var specification = reader.ReadToEnd();
        foreach (var expected in new[] { "<license type=\"expression\">Apache-2.0</license>", "<icon>icon.png</icon>", "<readme>README.md</readme>", "<description>", "<tags>" })
            Assert.Contains(expected, specification);
        foreach (var file in new[] { "LICENSE", "README.md", "icon.png" }) Assert.NotNull(package.GetEntry(file));
        Assert.Contains("Apache License", File.ReadAllText(Path.Combine(Repository.Root, "LICENSE")));
    }

    [GeneratedRegex(@"\.\d+\.\d+\.\d+-\d+\.")]
    private static partial Regex Version();

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
