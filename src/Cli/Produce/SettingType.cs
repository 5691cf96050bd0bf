using Semel.Cli.Arguments;
using Semel.Client;
using Semel.Client.Configuration;

namespace Semel.Cli.Produce;

/// <summary>Options that are settings of the client under another name: the client's own table says what their values may be.</summary>
static class SettingType
{
    /// <summary>The text as it is, when the setting can have it.</summary>
    public static OptionType<string> Of(string setting) => (option, text) =>
    {
        try
        {
            ConfigValues.Parse([new(setting, text)], ConfigRole.Producer);
            return text;
        }
        catch (KafkaConfigException refused)
        {
            throw CommandException.Usage($"{option}: {refused.Message}");
        }
    };
}
