using Semel.ProtocolGenerator.Model;

namespace Semel.ProtocolGenerator.Emit;

/// <summary>How the reader and the writer call an encoding.</summary>
static class DomainCode
{
    public static string Method(DomainType domain) => domain.Encoding switch
    {
        Encoding.Bool => "Boolean",
        Encoding.Records => "Bytes",
        var encoding => encoding.ToString(),
    };
}
