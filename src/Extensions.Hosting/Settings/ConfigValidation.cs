using Microsoft.Extensions.Options;
using Semel.Client;

namespace Semel.Extensions.Hosting.Settings;

/// <summary>Checks one client's configuration by the rules and in the words of the client itself.</summary>
internal sealed class ConfigValidation<TConfig>(string name, Action<TConfig> check) : IValidateOptions<TConfig> where TConfig : ClientConfig
{
    public ValidateOptionsResult Validate(string? asked, TConfig options)
    {
        if (asked != name) return ValidateOptionsResult.Skip;
        try
        {
            check(options);
            return ValidateOptionsResult.Success;
        }
        catch (KafkaConfigException refused)
        {
            return ValidateOptionsResult.Fail(refused.Message);
        }
    }
}
