using Semel.Machines.Catalog;

namespace Semel.Broker.Topics;

/// <summary>The names of the logs: the catalog's, and a partition's with its topic's id, so that a topic that was created again never meets old bytes.</summary>
internal static class PartitionLogName
{
    public const string Catalog = "catalog";
    const char BeforeId = '~';

    public static string Of(CatalogTopic topic, int partition) => $"{topic.Name}-{partition}{BeforeId}{topic.TopicId}";

    /// <summary>The topic's id, as text, of a name for which <see cref="IsPartition"/> holds.</summary>
    public static string IdOf(string logName) => logName[(logName.LastIndexOf(BeforeId) + 1)..];

    /// <summary>Whether a log has the name of some partition's; which topic, living or gone, does not matter.</summary>
    public static bool IsPartition(string logName)
    {
        var idAt = logName.LastIndexOf(BeforeId);
        var numberAt = idAt < 0 ? -1 : logName.LastIndexOf('-', idAt - 1);
        return numberAt > 0 && int.TryParse(logName.AsSpan(numberAt + 1, idAt - numberAt - 1), out _) && logName.Length - idAt - 1 == 22;
    }
}
