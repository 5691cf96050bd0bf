using Semel.ProtocolGenerator.Model;
using Semel.ProtocolGenerator.Parse;

namespace Semel.Protocol.Tests.Schemas;

/// <summary>The files of this repository, found from where the test runs, and what the schema files say.</summary>
static class Repository
{
    public static readonly string Root = Semel.Peers.Repository.Root;
    public static readonly string Protocol = Path.Combine(Root, "src", "Protocol");
    public static readonly string SampleFolder = Path.Combine(Root, "tests", "Protocol.Tests", "Schemas", "Sample");

    public static readonly SchemaSet Schemas = SchemaFolder.Read(Path.Combine(Protocol, "Schemas"));
    public static readonly SchemaSet Sample = SchemaFolder.Read(SampleFolder, typesFrom: Path.Combine(Protocol, "Schemas"));
}
