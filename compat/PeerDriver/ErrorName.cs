using System.Text.RegularExpressions;
using Semel.Client;

namespace Semel.PeerDriver;

/// <summary>Kafka's own name of an error, in capitals; TIMEOUT where the client's own time was up.</summary>
static partial class ErrorName
{
    public static string Of(Error error) => error.LocalCode switch
    {
        LocalErrorCode.DeliveryTimeout or LocalErrorCode.UnknownTopic or LocalErrorCode.QueueFull => "TIMEOUT",
        LocalErrorCode.None => Capitals(error.Code.ToString()),
        var local => Capitals(local.ToString()),
    };

    static string Capitals(string name) => WordStart().Replace(name, "_").ToUpperInvariant();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
