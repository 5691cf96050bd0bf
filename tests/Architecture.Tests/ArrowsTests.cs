using System.Text.RegularExpressions;
using System.Xml.Linq;
using Semel.Peers;

namespace Semel.Architecture.Tests;

/// <summary>The arrows between the assemblies, as docs/architecture.md draws them. They never turn round.</summary>
public partial class ArrowsTests
{
    /// <summary>What each assembly may refer to, of ours and of packages.</summary>
    static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Protocol"] = [],
        ["Codecs"] = ["Protocol", "K4os.Compression.LZ4.Streams", "Snappier", "ZstdSharp.Port"],
        ["Machines"] = ["Protocol"],
        ["Log"] = ["Protocol"],
        ["Broker"] = ["Protocol", "Codecs", "Machines", "Log", "Microsoft.Extensions.Logging.Abstractions"],
        ["Client"] = ["Protocol", "Codecs", "Microsoft.Extensions.Logging.Abstractions"],
        ["Extensions.Hosting"] =
        [
            "Client", "Protocol", "Microsoft.Extensions.Configuration.Abstractions", "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Diagnostics.HealthChecks",
            "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions", "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.Options",
            "Microsoft.Extensions.Primitives", "OpenTelemetry.Api",
        ],
        // It names types of the client by their names.
        ["Analyzers"] = [],
        ["Compat.Confluent"] = ["Client", "Protocol", "Microsoft.Extensions.Logging.Abstractions"],
        ["Faults"] = ["Protocol"],
        ["Testing"] = ["Broker", "Client", "Faults", "Log", "Machines", "Protocol", "Microsoft.Extensions.Logging.Abstractions"],
        ["Cli"] = ["Broker", "Client", "Codecs", "Log", "Protocol", "Microsoft.Extensions.Logging.Abstractions"],
    };

    public static TheoryData<string> Assemblies() => [.. Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(folder => Path.GetFileName(folder)!).Order()];

    [Theory, MemberData(nameof(Assemblies))]
    public void An_assembly_refers_only_to_what_its_arrow_allows(string assembly)
    {
        Assert.True(Allowed.ContainsKey(assembly), $"src/{assembly} is new: give it an arrow here and in docs/architecture.md");
        var project = XDocument.Load(Path.Combine(Repository.Root, "src", assembly, $"Semel.{assembly}.csproj"));
        var references = project.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)["Semel.".Length..])
            .Concat(project.Descendants("PackageReference").Where(r => r.Attribute("PrivateAssets")?.Value != "all").Select(r => r.Attribute("Include")!.Value));
        Assert.Empty(references.Except(Allowed[assembly]));
    }

    /// <summary>Transitive references are usable in source without a line in the project file, so the compiled assembly is asked as well.</summary>
    [Theory, MemberData(nameof(Assemblies))]
    public void A_compiled_assembly_uses_only_what_its_arrow_allows(string assembly)
    {
        var file = Path.Combine(AppContext.BaseDirectory, assembly == "Cli" ? "semel.dll" : $"Semel.{assembly}.dll");
        var used = System.Reflection.Assembly.LoadFrom(file).GetReferencedAssemblies().Select(a => a.Name!).Where(name => name.StartsWith("Semel.") || name.StartsWith("Microsoft.Extensions"));
        Assert.Empty(used.Select(name => name.StartsWith("Semel.") ? name["Semel.".Length..] : name).Except(Allowed[assembly]));
    }

    /// <summary>Folders of an assembly point one way, too: from, and what its sources may not name.</summary>
    [Theory]
    [InlineData("Protocol/Vocabulary", "Semel.Protocol.Wire", "Semel.Protocol.Messages", "Semel.Protocol.Records")]
    [InlineData("Protocol/Wire", "Semel.Protocol.Records")]
    [InlineData("Protocol/Records", "Semel.Protocol.Messages", "Semel.Protocol.Wire")]
    [InlineData("Machines/Turn", "Semel.Machines.Partition", "Semel.Machines.Catalog", "Semel.Machines.Producers", "Semel.Machines.Transactions", "Semel.Machines.Groups")]
    [InlineData("Machines/Producers", "Semel.Machines.Partition", "Semel.Machines.Catalog", "Semel.Machines.Transactions", "Semel.Machines.Groups", "Semel.Protocol.Messages")]
    [InlineData("Machines/Partition", "Semel.Machines.Catalog", "Semel.Machines.Transactions", "Semel.Machines.Groups", "Semel.Protocol.Messages")]
    [InlineData("Machines/Catalog", "Semel.Machines.Partition")]
    [InlineData("Machines/Transactions", "Semel.Machines.Partition", "Semel.Machines.Groups")]
    [InlineData("Log/Memory", "Semel.Log.Segments")]
    [InlineData("Log/Segments", "Semel.Log.Memory")]
    [InlineData("Broker/Sequencing", "Semel.Broker.Door", "Semel.Broker.Handlers", "Semel.Broker.Hosting", "Semel.Protocol.Messages")]
    [InlineData("Broker/Handlers/Cluster", "Semel.Broker.Handlers.Produce", "Semel.Broker.Handlers.Fetch", "Semel.Broker.Handlers.Topics", "Semel.Broker.Handlers.Transactions", "Semel.Broker.Handlers.Groups", "Semel.Broker.Hosting")]
    [InlineData("Broker/Handlers/Topics", "Semel.Broker.Handlers.Produce", "Semel.Broker.Handlers.Fetch", "Semel.Broker.Handlers.Transactions", "Semel.Broker.Handlers.Groups", "Semel.Broker.Hosting")]
    [InlineData("Broker/Handlers/Produce", "Semel.Broker.Handlers.Fetch", "Semel.Broker.Handlers.Topics", "Semel.Broker.Handlers.Transactions", "Semel.Broker.Handlers.Groups", "Semel.Broker.Hosting")]
    [InlineData("Broker/Handlers/Fetch", "Semel.Broker.Handlers.Produce", "Semel.Broker.Handlers.Topics", "Semel.Broker.Handlers.Transactions", "Semel.Broker.Handlers.Groups", "Semel.Broker.Hosting")]
    [InlineData("Broker/Topics", "Semel.Broker.Door", "Semel.Broker.Handlers", "Semel.Broker.Hosting", "Semel.Protocol.Messages")]
    [InlineData("Broker/Transactions", "Semel.Broker.Door", "Semel.Broker.Handlers", "Semel.Broker.Hosting", "Semel.Protocol.Messages")]
    [InlineData("Client/Producing", "System.Net.Sockets")]
    [InlineData("Client/Consuming/Chunks", "Semel.Client.Consuming.Reading", "Semel.Client.Grouping", "Semel.Client.Metadata", "Semel.Protocol.Messages")]
    [InlineData("Client/Consuming", "System.Net.Sockets", "Semel.Client.Producing", "Semel.Client.Transacting")]
    [InlineData("Client/Producing/Accumulation", "Semel.Client.Producing.Sending", "Semel.Client.Connections")]
    public void A_folder_does_not_look_up(string folder, params string[] forbidden)
    {
        var root = Path.Combine(Repository.Root, "src", folder);
        Assert.True(Directory.Exists(root), $"src/{folder} is gone: mend this list");
        var found = from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                    from line in File.ReadLines(file)
                    from name in forbidden
                    where line.TrimStart().StartsWith($"using {name}", StringComparison.Ordinal)
                    select $"{Path.GetRelativePath(Repository.Root, file)}: {line.Trim()}";
        Assert.Empty(found);
        var everywhere = Path.Combine(Repository.Root, "src", folder.Split('/')[0], "GlobalUsings.cs");
        if (File.Exists(everywhere)) Assert.DoesNotContain(File.ReadLines(everywhere), line => forbidden.Any(name => line.StartsWith($"global using {name};", StringComparison.Ordinal)));
    }

    /// <summary>What the client decides needs no clock, thread, socket, file or logger: those of its folders that decide name none, and nothing of the shell's.</summary>
    [Theory]
    [InlineData("Client/Producing", "Semel.Client.Producing.Sending", "Semel.Client.Producing.Accumulation")]
    [InlineData("Client/Consuming", "Semel.Client.Consuming.Reading")]
    public void A_folder_of_the_clients_rules_is_pure(string folder, params string[] shell)
    {
        var root = Path.Combine(Repository.Root, "src", folder);
        var found = from file in Directory.EnumerateFiles(root, "*.cs")
                    from line in File.ReadLines(file)
                    let code = line.Split("//")[0]
                    where Impure().IsMatch(code) || shell.Any(name => code.Contains($"using {name}", StringComparison.Ordinal))
                    select $"{Path.GetRelativePath(Repository.Root, file)}: {line.Trim()}";
        Assert.Empty(found);
    }

    [GeneratedRegex(@"\b(TimeProvider|Stopwatch|DateTime|DateTimeOffset|Task|ValueTask|Thread|ThreadPool|IThreadPoolWorkItem|Timer|Interlocked|Volatile|Monitor|Lock|SemaphoreSlim|Socket|File|Directory|ILogger|Random|Environment|Console|async|await|lock)\b")]
    private static partial Regex Impure();
}
