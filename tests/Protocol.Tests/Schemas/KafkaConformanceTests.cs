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
        foreach (var message in Repository.Schemas.Apis.SelectMany(api => new[] { api.Request, api.Response }))
            Assert.Equal(Text(message, KafkaDefinition.Of(message.Name).Describe()), Text(message, SchemaDescription.Describe(message)));
    }

    /// <summary>Kafka marks the meaning of hardly any field of its records: ours have domain types nevertheless. Our own tagged fields are left out.</summary>
    [PeersFact]
    public void Every_field_of_a_record_is_as_Kafka_defines_it()
    {
        foreach (var message in Records())
            Assert.Equal(Text(message, KafkaDefinition.Of(message.Name).Describe(entities: false)), Text(message, SchemaDescription.Describe(message, entities: false)));
    }

    [PeersFact]
    public void Every_record_has_the_number_the_versions_and_the_flexible_versions_of_Kafkas()
    {
        foreach (var state in Repository.Schemas.States)
            Assert.Equal((state.Type, state.Type), (KafkaDefinition.Of(state.Key.Name).ApiKey, KafkaDefinition.Of(state.Value.Name).ApiKey));
        foreach (var message in Records())
        {
            var kafka = KafkaDefinition.Of(message.Name);
            Assert.Equal($"{message.Name} {kafka.Versions} {kafka.FlexibleVersions}", $"{message.Name} {message.Versions} {Flexible(message)}");
        }
    }

    static string Flexible(MessageSchema message) => message.FirstFlexibleVersion is { } first ? first.ToString(CultureInfo.InvariantCulture) + "+" : "none";

    [PeersFact]
    public void Every_api_has_the_key_the_versions_and_the_flexible_versions_of_Kafkas()
    {
        foreach (var api in Repository.Schemas.Apis)
            foreach (var message in new[] { api.Request, api.Response })
            {
                var kafka = KafkaDefinition.Of(message.Name);
                Assert.Equal($"{message.Name} {kafka.ApiKey} {kafka.Versions} {kafka.FlexibleVersions}",
                    $"{message.Name} {api.Key} {message.Versions} {Flexible(message)}");
            }
    }

    [PeersFact]
    public void The_vocabulary_has_every_api_key_of_Kafkas()
    {
        var kafka = KafkaDefinition.ApiNames.Order(StringComparer.Ordinal);
        Assert.Equal(kafka, Enum.GetValues<ApiKey>().Select(key => $"{(short)key} {key}").Order(StringComparer.Ordinal));
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

    static IEnumerable<MessageSchema> Records() =>
        Repository.Schemas.States.SelectMany(state => new[] { state.Key, state.Value }).Concat(Repository.Schemas.Data.Select(data => data.Message));
}
