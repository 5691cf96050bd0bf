using System.IO.Compression;
using System.Xml.Linq;
using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>Each package that is shipped has what its users look for.</summary>
public sealed class PackageContentTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("semel-packages-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static IEnumerable<string> Packable() =>
        from project in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
        where XDocument.Load(project).Descendants("IsPackable").Any(static one => one.Value == "true")
        select Path.GetFileNameWithoutExtension(project)!;

    [Fact]
    public void A_package_has_its_licence_readme_icon_description_documents_and_symbols()
    {
        var expected = Packable().ToList();
        Assert.Contains("Semel.Extensions.Hosting", expected);
        // What is packed is what was built for the tests.
        var packed = Ran.Program("dotnet", ["pack", "Semel.slnx", "-c", "Release", "--no-build", "-o", _folder, "--nologo", "-v", "quiet", "-nodeReuse:false"], TimeSpan.FromMinutes(5), Repository.Root);
        Assert.True(packed.ExitCode == 0, packed.Output + packed.Error);
        foreach (var name in expected) Look(name);
    }

    void Look(string name)
    {
        var file = Assert.Single(Directory.EnumerateFiles(_folder, $"{name}.*.nupkg"), path => char.IsAsciiDigit(Path.GetFileName(path)[name.Length + 1]));
        using var package = ZipFile.OpenRead(file);
        using var stream = package.Entries.Single(static entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        var about = XDocument.Load(stream).Root!.Elements().Single().Elements().ToDictionary(static one => one.Name.LocalName);
        Assert.Equal("Apache-2.0", about["license"].Value);
        Assert.Equal(("README.md", "icon.png"), (about["readme"].Value, about["icon"].Value));
        Assert.True(about["description"].Value.Length > 20, name);
        Assert.Equal("git", about["repository"].Attribute("type")?.Value);
        var entries = package.Entries.Select(static entry => entry.FullName).ToHashSet();
        Assert.Superset(new HashSet<string> { "LICENSE", "README.md", "icon.png" }, entries);
        if (about.ContainsKey("packageTypes") || entries.Any(static entry => entry.StartsWith("analyzers/", StringComparison.Ordinal))) return;
        Assert.Contains($"lib/net10.0/{name}.xml", entries);
        using var symbols = ZipFile.OpenRead(Path.ChangeExtension(file, ".snupkg"));
        Assert.Contains(symbols.Entries, entry => entry.FullName == $"lib/net10.0/{name}.pdb");
    }
}
