using System.Text;

namespace Semel.Compat.Confluent;

public static class ErrorCodeExtensions
{
    const string LocalPrefix = "Local_";

    /// <summary>The code in words: who found the failure, and which it is.</summary>
    public static string GetReason(this ErrorCode code)
    {
        var name = code.ToString();
        return code switch
        {
            ErrorCode.NoError => "Success",
            ErrorCode.Unknown => "Unknown broker error",
            ErrorCode.UnknownTopicOrPart => "Broker: Unknown topic or partition",
            ErrorCode.MsgSizeTooLarge => "Broker: Message size too large",
            ErrorCode.Local_PartitionEOF => "Broker: No more messages",
            ErrorCode.Local_MsgTimedOut => "Local: Message timed out",
            ErrorCode.Local_Transport => "Local: Broker transport failure",
            ErrorCode.Local_AllBrokersDown => "Local: All broker connections are down",
            ErrorCode.Local_State => "Local: Erroneous state",
            ErrorCode.Local_NoOffset => "Local: No offset stored",
            ErrorCode.Local_KeySerialization or ErrorCode.Local_ValueSerialization or ErrorCode.Local_KeyDeserialization or ErrorCode.Local_ValueDeserialization =>
                $"Local: {Words(name[LocalPrefix.Length..])} error",
            _ when !Enum.IsDefined(code) => $"Broker: error {(int)code}",
            _ when name.StartsWith(LocalPrefix, StringComparison.Ordinal) => $"Local: {Words(name[LocalPrefix.Length..])}",
            _ => $"Broker: {Words(name)}",
        };
    }

    static string Words(string name)
    {
        var words = new StringBuilder();
        for (var at = 0; at < name.Length; at++)
        {
            var begins = at > 0 && char.IsUpper(name[at]) && (char.IsLower(name[at - 1]) || (at + 1 < name.Length && char.IsLower(name[at + 1])));
            if (begins) words.Append(' ');
            words.Append(begins && at + 1 < name.Length && char.IsLower(name[at + 1]) ? char.ToLowerInvariant(name[at]) : name[at]);
        }
        return words.ToString();
    }
}
