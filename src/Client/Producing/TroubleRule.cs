namespace Semel.Client.Producing;

/// <summary>What has kept something from going on, since when, and what of it was told.</summary>
internal sealed class Trouble
{
    public TimeSpan? Since { get; set; }
    public HashSet<(ErrorCode Code, string Reason)> Told { get; } = [];
}

/// <summary>
/// What an error code says about a partition, a topic or the producer's id mostly passes before anybody would want to know. What does not is told, once per
/// code, while the attempts go on: nobody waits out delivery.timeout.ms without a word. Pure.
/// </summary>
internal static class TroubleRule
{
    /// <summary>Elections and the making of a topic take less.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>A broker that finds out more says so in other words; one that has a number or a time in them would be told without end.</summary>
    const int MostTold = 5;

    /// <summary>Something was answered with an error that is no final one.</summary>
    /// <returns>Whether to tell it.</returns>
    public static bool IsNews(Trouble trouble, ErrorCode code, string reason, TimeSpan now)
    {
        trouble.Since ??= now;
        // A broker that cannot use its disk does not say so by mistake.
        return (code == ErrorCode.KafkaStorageError || now - trouble.Since >= Patience) && trouble.Told.Count < MostTold && trouble.Told.Add((code, reason));
    }

    public static void Note(ProducerTurn turn, PartitionState partition, ErrorCode code, string reason)
    {
        if (IsNews(partition.Trouble ??= new Trouble(), code, reason, turn.Now)) turn.Add(new Tell(new PartitionUnavailable(partition.Name, code, reason)));
    }
}
