using Microsoft.Extensions.Logging;
using Semel.Client.Grouping.Membership;

namespace Semel.Client.Grouping;

/// <summary>Every line that a group's member logs.</summary>
internal static partial class GroupLog
{
    public static void Tell(ILogger logger, GroupOptions options, MemberNotice notice)
    {
        var group = options.GroupId;
        switch (notice)
        {
            case EagerBecauseOf eager: Eager(logger, group, eager.Cooperative, eager.Eager); break;
            case JoinsConsumerGroup:
                ConsumerGroup(logger, group);
                if (options.OnlyClassicKeys.Count > 0) ClassicKeys(logger, group, string.Join(", ", options.OnlyClassicKeys));
                break;
            case FallsBackToClassic fallback: FallBack(logger, group, fallback.Reason); break;
            case Joined joined: Join(logger, group, joined.MemberId, joined.Epoch, joined.Partitions); break;
            case Rejoins rejoins: Rejoin(logger, group, rejoins.Reason); break;
            case PartitionsAreLost lost: Lost(logger, group, lost.Partitions, lost.Reason); break;
            case PollIntervalExceeded exceeded: NotPulled(logger, group, exceeded.Interval.TotalMilliseconds); break;
            case PatternMatchesPrefixOnly prefix: PrefixOnly(logger, group, prefix.Pattern, prefix.Topic); break;
            case Membership.RequestFailed failed: Failed(logger, group, failed.Request, failed.Code, failed.Reason); break;
            case CloseGaveUp gaveUp: GaveUp(logger, group, gaveUp.Reason); break;
        }
    }

    [LoggerMessage(1300, LogLevel.Information,
        "Group '{Group}': partition.assignment.strategy has {Cooperative}, but members give everything back in each rebalance as long as {Eager} is listed too. Remove it once all members have {Cooperative}")]
    static partial void Eager(ILogger logger, string group, string cooperative, string eager);

    [LoggerMessage(1301, LogLevel.Information, "Group '{Group}' is joined by the protocol of KIP-848, which a classic group is converted to when its members allow it; group.protocol=classic keeps it classic")]
    static partial void ConsumerGroup(ILogger logger, string group);

    [LoggerMessage(1302, LogLevel.Information, "Group '{Group}' is joined by the classic protocol: {Reason}")]
    static partial void FallBack(ILogger logger, string group, string reason);

    [LoggerMessage(1303, LogLevel.Information, "Group '{Group}': member {Member} is in generation {Generation} with {Partitions} partitions")]
    static partial void Join(ILogger logger, string group, string member, int generation, int partitions);

    [LoggerMessage(1304, LogLevel.Debug, "Group '{Group}' is joined again: {Reason}")]
    static partial void Rejoin(ILogger logger, string group, string reason);

    [LoggerMessage(1305, LogLevel.Warning, "Group '{Group}': {Partitions} partitions are lost: {Reason}")]
    static partial void Lost(ILogger logger, string group, int partitions, string reason);

    [LoggerMessage(1306, LogLevel.Warning,
        "Group '{Group}' is left, because nothing was pulled, or a handler ran, for max.poll.interval.ms={Milliseconds}. The next pull joins again; raise it, or lower max.poll.records")]
    static partial void NotPulled(ILogger logger, string group, double milliseconds);

    [LoggerMessage(1307, LogLevel.Warning, "Group '{Group}': the pattern {Pattern} matches the beginning of topic {Topic} only, which is not subscribed to. Patterns match whole names: end it with .*")]
    static partial void PrefixOnly(ILogger logger, string group, string pattern, string topic);

    [LoggerMessage(1308, LogLevel.Debug, "Group '{Group}': {Request} failed: {Code} {Reason}")]
    static partial void Failed(ILogger logger, string group, string request, ErrorCode code, string reason);

    [LoggerMessage(1309, LogLevel.Warning, "Group '{Group}' was not left in time: {Reason}. Its coordinator finds out by the end of the session")]
    static partial void GaveUp(ILogger logger, string group, string reason);

    [LoggerMessage(1310, LogLevel.Error, "Group '{Group}': whoever reads what is assigned threw when {Partitions} partitions were {Call}")]
    public static partial void OwnerFailed(ILogger logger, Exception failure, string group, int partitions, OwnerCallKind call);

    [LoggerMessage(1311, LogLevel.Critical, "Group '{Group}': the membership ended by a defect")]
    public static partial void LoopFailed(ILogger logger, Exception failure, string group);

    [LoggerMessage(1312, LogLevel.Information, "Group '{Group}': {Keys} have no effect on a group of KIP-848, whose times are the broker's")]
    static partial void ClassicKeys(ILogger logger, string group, string keys);
}
