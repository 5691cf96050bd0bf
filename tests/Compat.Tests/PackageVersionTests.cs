using System.Globalization;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Text.Json;
using Semel.Peers;

namespace Semel.Compat.Tests;

/// <summary>What the packages of one commit are called, and that their symbols lead to its sources, wherever they are packed.</summary>
public sealed class PackageVersionTests : IDisposable
{
    /// <summary>The kind of a module's custom debug information that holds its SourceLink.</summary>
    static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    readonly string _folder = Directory.CreateTempSubdirectory("semel-versions-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static string Run(string file, string folder, params string[] arguments)
    {
        // A commit hook that runs the tests has told git which repository it means.
        var environment = new Dictionary<string, string?> { ["GIT_DIR"] = null, ["GIT_WORK_TREE"] = null, ["GIT_INDEX_FILE"] = null };
        var ran = Ran.Program(file, arguments, TimeSpan.FromMinutes(5), folder, environment: environment);
        Assert.True(ran.ExitCode == 0, $"{file} {string.Join(' ', arguments)}\n{ran.Output}\n{ran.Error}");
        return ran.Output.Trim();
    }

    string ShallowClone()
    {
        Run("git", _folder, "clone", "--quiet", "--depth", "1", $"file://{Repository.Root}", "clone");
        return Path.Combine(_folder, "clone");
    }

    static string VersionOf(string folder) => Run("dotnet", folder, "msbuild", "src/Protocol", "-t:GrowVersion", "-getProperty:PackageVersion");

    static string Expected()
    {
        var time = DateTimeOffset.FromUnixTimeSeconds(long.Parse(Run("git", Repository.Root, "show", "-s", "--format=%ct", "HEAD"), CultureInfo.InvariantCulture));
        return $"0.2.0-{time:yyyyMMddHHmmss}";
    }

    [Fact]
    public void A_shallow_clone_and_a_source_archive_give_the_version_of_the_whole_repository()
    {
        Assert.Equal(Expected(), VersionOf(Repository.Root));

        var clone = ShallowClone();
        Assert.Equal(Expected(), VersionOf(clone));

        var archive = Directory.CreateDirectory(Path.Combine(_folder, "archive")).FullName;
        Run("git", clone, "archive", "--output", Path.Combine(_folder, "archive.tar"), "HEAD");
        Run("tar", archive, "xf", Path.Combine(_folder, "archive.tar"));
        Assert.Equal(Expected(), VersionOf(archive));

        // Files without any history are older than every commit.
        File.Delete(Path.Combine(archive, ".commit-time"));
        Assert.Equal("0.2.0-0", VersionOf(archive));
    }

    /// <summary>What the SDK would choose by its own patch level is what this repository says.</summary>
    [Theory]
    [InlineData("KnownILCompilerPack", "ILCompilerPackVersion")]
    [InlineData("KnownILLinkPack", "ILLinkPackVersion")]
    [InlineData("KnownCrossgen2Pack", "Crossgen2PackVersion")]
    [InlineData("KnownRuntimePack", "LatestRuntimeFrameworkVersion")]
    [InlineData("KnownFrameworkReference", "LatestRuntimeFrameworkVersion")]
    public void The_compilers_and_runtimes_have_the_pinned_version(string kind, string property)
    {
        var answer = Run("dotnet", Repository.Root, "msbuild", "src/Cli", $"-getItem:{kind}", "-p:RuntimePacksVersion=10.0.77");
        using var json = JsonDocument.Parse(answer);
        var packs = json.RootElement.GetProperty("Items").GetProperty(kind).EnumerateArray().Where(pack => pack.GetProperty("TargetFramework").GetString() == "net10.0").ToList();
        Assert.NotEmpty(packs);
        Assert.All(packs, pack => Assert.Equal("10.0.77", pack.GetProperty(property).GetString()));
    }

    [Fact]
    public void The_symbols_of_a_package_lead_to_the_sources_of_its_commit()
    {
        var clone = ShallowClone();
        Run("git", clone, "remote", "set-url", "origin", "https://github.com/example/semel.git");
        Run("dotnet", clone, "pack", "src/Protocol", "-c", "Release", "-o", Path.Combine(_folder, "packages"), "--nologo", "-v", "quiet", "-nodeReuse:false", "-p:UseSharedCompilation=false");
        var symbols = Assert.Single(Directory.EnumerateFiles(Path.Combine(_folder, "packages"), "*.snupkg"));
        Assert.Contains(Expected(), symbols);
        using var package = ZipFile.OpenRead(symbols);
        using var portable = new MemoryStream();
        using (var stream = Assert.Single(package.Entries, entry => entry.Name.EndsWith(".pdb", StringComparison.Ordinal)).Open()) stream.CopyTo(portable);
        portable.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(portable);
        var reader = provider.GetMetadataReader();
        var links = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation).Where(row => reader.GetGuid(row.Kind) == SourceLink)
            .Select(row => Encoding.UTF8.GetString(reader.GetBlobBytes(row.Value)));
        Assert.Contains($"https://raw.githubusercontent.com/example/semel/{Run("git", clone, "rev-parse", "HEAD")}/*", Assert.Single(links));
        // The machine that packed is not in it.
        Assert.DoesNotContain(reader.Documents.Select(handle => reader.GetString(reader.GetDocument(handle).Name)), name => name.StartsWith(_folder, StringComparison.Ordinal));
    }
}
