using System.Globalization;
using Semel.Peers;
using Semel.ProtocolGenerator.Model;

namespace Semel.Protocol.Tests.Schemas;

/// <summary>
/// Every schema against Kafka's own definition: all versions, all fields in their order, types, nulls, tags, defaults, what may be left out, and the domain types
/// that Kafka marks. A definition of Kafka's that changes shows here.
/// </summary>
public class KafkaConformanceTests
{
    [PeersFact]
    public void Every_field_is_as_Kafka_defines_it()
    {
        foreach (var message in Messages())
            Assert.Equal(Text(message, KafkaDefinition.Of(message.Name).Describe()), Text(message, SchemaDescription.Describe(message)));
    }

    [PeersFact]
    public void Every_api_has_the_key_the_versions_and_the_flexible_versions_of_Kafkas()
    {
        foreach (var api in Repository.Schemas.Apis)
            foreach (var message in new[] { api.Request, api.Response })
            {
                var kafka = KafkaDefinition.Of(message.Name);
                var first = message.FirstFlexibleVersion?.ToString(CultureInfo.InvariantCulture);
                Assert.Equal($"{message.Name} {kafka.ApiKey} {kafka.Versions} {kafka.FlexibleVersions}",
                    $"{message.Name} {api.Key} {message.Versions} {(first is null ? "none" : first + "+")}");
            }
    }

    [Fact]
    public void The_api_keys_are_those_of_the_vocabulary()
    {
        foreach (var api in Repository.Schemas.Apis) Assert.Equal(api.Name, ((ApiKey)api.Key).ToString());
    }

    [PeersFact]
    public void The_error_codes_are_Kafkas_in_number_and_name()
    {
        var kafka = File.ReadLines(Path.Combine(PeersFolder.Required, "kafkawire", "errors.tsv")).Select(line => line.Split('\t'))
            .ToDictionary(words => short.Parse(words[0], CultureInfo.InvariantCulture), words => words[1].Replace("_", "", StringComparison.Ordinal));
        var ours = Enum.GetValues<ErrorCode>().ToDictionary(code => (short)code, code => code.ToString().ToUpperInvariant());
        Assert.Equal(kafka.OrderBy(pair => pair.Key), ours.OrderBy(pair => pair.Key));
    }

    static string Text(MessageSchema message, IEnumerable<string> lines) => string.Join('\n', lines.Prepend(message.Name));

    static IEnumerable<MessageSchema> Messages() => Repository.Schemas.Apis.SelectMany(api => new[] { api.Request, api.Response });
}
