namespace Semel.Client.Grouping.Membership;

/// <summary>What a member tells the application's log.</summary>
internal abstract record MemberNotice;

/// <summary>The strategies could be cooperative and are not, because these cannot (C-12).</summary>
internal sealed record EagerBecauseOf(string Cooperative, string Eager) : MemberNotice;

/// <summary>The member speaks the protocol of KIP-848 from now on (C-22).</summary>
internal sealed record JoinsConsumerGroup : MemberNotice;

/// <summary>The classic protocol is spoken after all.</summary>
internal sealed record FallsBackToClassic(string Reason) : MemberNotice;

internal sealed record Joined(int Epoch, string MemberId, int Partitions) : MemberNotice;

internal sealed record Rejoins(string Reason) : MemberNotice;

internal sealed record PartitionsAreLost(int Partitions, string Reason) : MemberNotice;

/// <summary>The time between two pulls was over max.poll.interval.ms.</summary>
internal sealed record PollIntervalExceeded(TimeSpan Interval) : MemberNotice;

/// <summary>A pattern matches the beginning of a topic's name and would have matched the topic with librdkafka (C-07).</summary>
internal sealed record PatternMatchesPrefixOnly(string Pattern, string Topic) : MemberNotice;

internal sealed record RequestFailed(string Request, ErrorCode Code, string Reason) : MemberNotice;

internal sealed record CloseGaveUp(string Reason) : MemberNotice;
