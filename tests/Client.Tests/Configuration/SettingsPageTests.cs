using Semel.Peers;

namespace Semel.Client.Tests.Configuration;

/// <summary>The page of settings says what the table says.</summary>
public class SettingsPageTests
{
    [Fact]
    public void The_page_of_settings_is_what_the_table_says()
    {
        var file = Path.Combine(Repository.Root, "docs", "client-settings.md");
        if (Surroundings.Variable("SEMEL_ACCEPT_API") == "1") File.WriteAllText(file, SettingsPage.Text());
        Assert.True(File.Exists(file) && File.ReadAllText(file) == SettingsPage.Text(), "docs/client-settings.md is not what the table of keys says; SEMEL_ACCEPT_API=1 writes it anew, to be read as a change");
    }
}
