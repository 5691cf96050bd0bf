using Semel.Protocol;

namespace Semel.Broker.Handlers.Groups;

/// <summary>
/// The order of an answer about offsets: what names a topic or partition that is not there comes first, as from Apache Kafka, which never shows it to its
/// coordinator. A topic
/// without partitions is left out.
/// </summary>
internal static class RefusedFirst
{
    /// <summary>The places of the topics, and within each the places of its partitions.</summary>
    public static IEnumerable<(int Topic, int[] Partitions)> Of(IReadOnlyList<IReadOnlyList<ErrorCode>> errors) =>
        from topic in Enumerable.Range(0, errors.Count)
        where errors[topic].Count > 0
        orderby errors[topic].Any(IsMissing) ? 0 : 1
        select (topic, Enumerable.Range(0, errors[topic].Count).OrderBy(partition => IsMissing(errors[topic][partition]) ? 0 : 1).ToArray());

    public static bool IsMissing(ErrorCode error) => error is ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId;
}
