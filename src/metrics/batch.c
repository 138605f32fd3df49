/* placeholder, replaced soon */ typedef int placeholder;
