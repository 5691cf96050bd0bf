using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Connecting;

/// <summary>A failure of the client in the words of the command line, with its exit code.</summary>
public static class ClientFailure
{
    /// <param name="topic">What the command was about; null when it was about no topic.</param>
    public static CommandException Of(KafkaException failure, string? topic = null) => failure switch
    {
        KafkaConfigException => new CommandException(ExitCode.Usage, failure.Message, inner: failure),
        _ when failure.Error.LocalCode is LocalErrorCode.UnknownTopic || failure.Error.Code == ErrorCode.UnknownTopicOrPartition => UnknownTopic(failure, topic),
        _ when failure.Error.Code == ErrorCode.InvalidTopicException && topic is not null => InvalidTopic(failure, topic),
        _ when failure.Error.LocalCode == LocalErrorCode.UnknownPartition => new CommandException(ExitCode.Refused, failure.Message, topic is null ? null : $"'semel topics describe {topic}' lists the partitions there are.", failure),
        _ when failure.Class == ErrorClass.Fenced => new CommandException(ExitCode.Refused, $"{failure.Message.TrimEnd('.')}.", "Another instance uses the same transactional id or group.instance.id: give each its own.", failure),
        _ when IsUnreachable(failure) => new CommandException(ExitCode.CannotConnect, failure.Message, "Look whether the broker runs, and whether the address it advertises can be reached from here.", failure),
        _ when failure.Error.LocalCode == LocalErrorCode.NotOffered => new CommandException(ExitCode.Refused, failure.Message, "The broker at this address cannot do it.", failure),
        _ when failure.Error.Code == ErrorCode.InconsistentGroupProtocol => new CommandException(ExitCode.Refused, $"{failure.Message}.", "'semel groups list --type' shows of which protocol a group is; choose it with --group-protocol.", failure),
        _ when failure.Error.Code == ErrorCode.GroupIdNotFound => new CommandException(ExitCode.Refused, $"{failure.Message}.", "'semel groups list' shows the groups there are.", failure),
        _ when failure.Error.Code == ErrorCode.TransactionalIdNotFound => new CommandException(ExitCode.Refused, $"{failure.Message}.", "'semel transactions list' shows the transactional ids that the cluster knows.", failure),
        _ when failure.Error.IsLocal => new CommandException(ExitCode.Failed, failure.Message, inner: failure),
        _ => new CommandException(ExitCode.Refused, $"the broker refused: {failure.Message} ({failure.Error.Code})", inner: failure),
    };

    /// <summary>No broker said anything.</summary>
    public static bool IsUnreachable(KafkaException failure) => failure.Error.LocalCode == LocalErrorCode.ConnectionLost || failure.Error.Code == ErrorCode.NetworkException;

    /// <summary>The code is all that the broker says: for a name with letters that no name has, and for one that it keeps to itself.</summary>
    static CommandException InvalidTopic(KafkaException failure, string topic) => topic.StartsWith("__", StringComparison.Ordinal) && topic.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-')
        ? new CommandException(ExitCode.Refused, $"the broker does not make a topic '{topic}': the name is one of the cluster's own.", "Choose another name.", failure)
        : new CommandException(ExitCode.Refused, $"'{topic}' cannot be the name of a topic.", "A name has 1 to 249 letters, digits, '.', '_' and '-'.", failure);

    static CommandException UnknownTopic(KafkaException failure, string? topic) => topic is null
        ? new CommandException(ExitCode.Refused, failure.Message, "'semel topics list' shows the topics there are.", failure)
        : new CommandException(ExitCode.Refused, $"there is no topic '{topic}' (or no such partition of it).", $"'semel topics list' shows the topics there are; 'semel topics create {topic}' makes this one.", failure);
}
